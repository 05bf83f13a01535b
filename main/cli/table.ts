/** One column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  /** Numbers line up on the right. */
  readonly align?: 'left' | 'right';
}

const escapeSequence = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const controlCharacters = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Number of terminal cells, colours not counted. */
export function visibleLength(text: string): number {
  return [...text.replace(escapeSequence, '')].length;
}

/** Text that another program chose, made safe for a terminal: no escape sequence, no line break, nothing that reorders. */
export function safeText(text: string): string {
  return text.replace(controlCharacters, '\u00B7');
}

/** Lays rows out in aligned columns under their titles; two spaces between, no trailing blanks. */
export function renderTable<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => column.value(row))),
  ];
  const widths = columns.map((_column, index) => Math.max(...cells.map((line) => visibleLength(line[index] ?? ''))));
  const lines = cells.map((line) =>
    line
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align ?? 'left'))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - visibleLength(cell)));
  return align === 'right' ? blanks + cell : cell + blanks;
}
