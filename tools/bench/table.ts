/** Prints rows as a Markdown table, their keys as its head. */
export function table(title: string, rows: Record<string, string>[]): void {
  const columns = Object.keys(rows[0] ?? {})
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const lines = [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((c) => row[c] ?? ''))),
  ]
  console.log(`\n${title}\n\n${lines.join('\n')}`)
}
