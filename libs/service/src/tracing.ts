import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'

/** One step of a trace. */
export interface Step {
  /** What the step causes goes under this: its own place in the trace, or the given one while nothing is traced. */
  traceparent: string | undefined
  /** Ends it, with the code of its error if it had one. */
  end(errorType?: string, attributes?: Attributes, name?: string): void
}

export interface TracingOptions {
  /** A collector that speaks OTLP over HTTP, such as http://collector:4318. */
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined
  /** The share of traces begun here that are kept; for those begun elsewhere the caller has decided. */
  OTEL_TRACES_SAMPLER_ARG?: number | undefined
}

/** How long a stopping process waits for a collector that does not answer. */
const flushMs = 2_000

let tracer: Tracer | undefined

/**
 * Has this process's steps sent to the collector; without one they cost nothing, and the SDK is not even loaded.
 * The SDK itself reads the other OTEL_EXPORTER_OTLP_* variables, such as OTEL_EXPORTER_OTLP_HEADERS.
 */
export async function startTracing(service: string, options: TracingOptions): Promise<AsyncDisposable> {
  if (!options.OTEL_EXPORTER_OTLP_ENDPOINT) return { [Symbol.asyncDispose]: async () => {} }
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const root = new sdk.TraceIdRatioBasedSampler(options.OTEL_TRACES_SAMPLER_ARG ?? 1)
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'helpdesk' }),
    sampler: new sdk.ParentBasedSampler({ root }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 1_000 })],
  })
  tracer = provider.getTracer('helpdesk')
  return {
    async [Symbol.asyncDispose]() {
      const { promise: late, resolve } = Promise.withResolvers<void>()
      setTimeout(resolve, flushMs).unref()
      await Promise.race([provider.shutdown().catch(() => {}), late])
    },
  }
}

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT }

/**
 * Begins a step under its cause's traceparent. Names and attributes are those of OpenTelemetry's semantic conventions;
 * neither may hold what a tenant wrote.
 */
export function startStep(
  kind: keyof typeof kinds,
  name: string,
  cause: string | undefined,
  attributes: Attributes = {},
): Step {
  if (!tracer) return { traceparent: cause, end() {} }
  const parent = cause ? parseTraceParent(cause) : null
  const context = parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT
  const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, context)
  return {
    traceparent: traceparentOf(span),
    end(errorType, more, better) {
      if (better) span.updateName(better)
      if (more) span.setAttributes(more)
      if (errorType) {
        span.setAttribute('error.type', errorType)
        span.setStatus({ code: SpanStatusCode.ERROR })
      }
      span.end()
    },
  }
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}
