/** A Markdown table; pipes in cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text as code. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** A whole page: blocks separated by empty lines. */
export function page(...blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`;
}

/** The line that says where a page comes from. */
export function origin(source: string): string {
  return `<!-- Written from ${source} by test/contract/documentation.test.ts; UPDATE_DOCS=1 npx vitest run test/contract/documentation.test.ts renews it. -->`;
}
