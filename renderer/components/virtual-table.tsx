import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import type { Column } from './plain-table.tsx';
import classes from './virtual-table.module.css';

const rowHeight = 36;

interface VirtualTableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  /** Number of all rows, loaded or not. */
  readonly total: number;
  /** The row at an index, or undefined while its page is on its way. */
  rowAt(index: number): T | undefined;
  /** Told which rows are on screen, so that their pages can be loaded. */
  onRangeChange(range: { readonly from: number; readonly to: number }): void;
  /** Called on click or Enter. */
  onOpen?(row: T): void;
}

/** A table of any number of rows, of which only those on screen exist. Arrow keys move between rows, Enter opens one. */
export function VirtualTable<T>({
  label,
  columns,
  total,
  rowAt,
  onRangeChange,
  onOpen,
}: VirtualTableProps<T>): ReactNode {
  const viewport = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => viewport.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const from = items[0]?.index ?? 0;
  const to = items.at(-1)?.index ?? 0;
  const firstVisible = virtualizer.range?.startIndex ?? from;
  useEffect(() => onRangeChange({ from, to }), [from, to, onRangeChange]);

  const moveFocus = (event: KeyboardEvent<HTMLTableRowElement>, index: number): void => {
    const row = rowAt(index);
    if (event.key === 'Enter' && row !== undefined) onOpen?.(row);
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const next = Math.min(total - 1, Math.max(0, index + (event.key === 'ArrowDown' ? 1 : -1)));
    virtualizer.scrollToIndex(next);
    viewport.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus();
  };

  const tracks = columns.map((column) => column.width ?? 'minmax(80px, 1fr)').join(' ');
  return (
    <div className={classes.viewport} ref={viewport} style={{ '--columns': tracks } as CSSProperties}>
      <table className={classes.table} aria-label={label} aria-rowcount={total + 1}>
        <thead className={classes.head}>
          <tr className={classes.row} aria-rowindex={1}>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={`${classes.cell} ${column.align === 'end' ? classes.end : ''}`}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className={classes.body} style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rowAt(item.index);
            return (
              <tr
                key={item.key}
                tabIndex={item.index === firstVisible ? 0 : -1}
                data-index={item.index}
                aria-rowindex={item.index + 2}
                className={`${classes.row} ${onOpen === undefined ? '' : classes.open}`}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => (row === undefined ? undefined : onOpen?.(row))}
                onKeyDown={(event) => moveFocus(event, item.index)}
              >
                {columns.map((column) => (
                  <td
                    key={column.id}
                    className={`${classes.cell} ${column.align === 'end' ? classes.end : ''} ${column.mono ? classes.mono : ''}`}
                  >
                    {row === undefined ? <div className={classes.waiting} /> : column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
