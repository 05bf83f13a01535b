import { VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './table.module.css';

/** One column of a table over rows of `T`. */
export interface Column<T> {
  /** Stable name of the column. */
  readonly id: string;
  /** Its heading; an empty one needs `label`. */
  readonly title: string;
  /** Heading for screen readers where `title` is empty. */
  readonly label?: string;
  /** `end` lines numbers up at the right. */
  readonly align?: 'start' | 'end';
  readonly mono?: boolean;
  /** Grid track of a virtual table, such as `minmax(80px, 1fr)`. */
  readonly width?: string;
  cell(row: T): ReactNode;
}

interface PlainTableProps<T> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  rowKey(row: T): string;
}

/** A table of at most a few hundred rows; where it is wider than its place, it scrolls by itself and not the page. */
export function PlainTable<T>({ label, columns, rows, rowKey }: PlainTableProps<T>): ReactNode {
  return (
    <div className={classes.scroller}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={column.align === 'end' ? classes.end : ''}>
                {column.title === '' ? <VisuallyHidden>{column.label}</VisuallyHidden> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td
                  key={column.id}
                  className={`${column.align === 'end' ? classes.end : ''} ${column.mono ? classes.mono : ''}`}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
