// What Linux says of processes, proc(5).

import { readFileSync } from 'node:fs'

/** CLK_TCK of every Linux. */
const ticksPerSecond = 100

/** Processor time that processes have used, of user and system. Steadier than the clock on a busy machine. */
export function cpuSeconds(pids: number[]): number {
  const ticks = pids.map((pid) => {
    // After the name, which may hold spaces: fields 14 and 15 of proc(5).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, each) => sum + each, 0) / ticksPerSecond
}

/** What a process holds in memory, shared pages counted in proportion. */
export function residentMib(pid: number): number {
  const [, kib] = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss: +(\d+) kB$/m) ?? []
  return Number(kib) / 1_024
}
