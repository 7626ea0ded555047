import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { t } from '../text/en';
import { Skeleton } from './Page';

export interface VirtualColumn<T> {
  header: string;
  /** Of the grid: "2fr", "120px" … */
  width: string;
  end?: boolean;
  /** Left out on a phone. */
  wide?: boolean;
  cell: (row: T) => ReactNode;
}

interface Props<T> {
  label: string;
  rows: T[] | undefined;
  columns: VirtualColumn<T>[];
  rowId: (row: T) => string;
  empty: ReactNode;
  hasMore: boolean;
  /** Asked for when the end comes near; asking again while it loads does nothing. */
  onMore: () => void;
}

const rowHeight = 48;
const spare = 8; // rows above and below what is seen
const headHeight = 34;

/** A list of any length: only the rows in sight exist, and the next page is asked for before its end is reached. Arrow keys go from row to row. */
export function VirtualTable<T>({ label, rows, columns, rowId, empty, hasMore, onMore }: Props<T>) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ first: 0, last: 20 });
  const count = rows?.length ?? 0;
  const look = useCallback(() => {
    const el = box.current;
    if (!el) return;
    const first = Math.max(0, Math.floor(el.scrollTop / rowHeight) - spare);
    const last = Math.ceil((el.scrollTop + el.clientHeight) / rowHeight) + spare;
    setSeen((old) => (old.first === first && old.last === last ? old : { first, last }));
  }, []);
  useEffect(() => {
    look();
    const watch = new ResizeObserver(look);
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, [look, count > 0]);
  useEffect(() => {
    if (hasMore && seen.last >= count) onMore();
  }, [hasMore, seen.last, count, onMore]);

  const onKeyDown = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const el = box.current;
    if (!row || !step || !el) return;
    event.preventDefault();
    const next = Math.min(count - 1, Math.max(0, Number(row.dataset.row) + step));
    const top = next * rowHeight;
    if (top < el.scrollTop) el.scrollTop = top;
    if (top + rowHeight + headHeight > el.scrollTop + el.clientHeight) el.scrollTop = top + rowHeight + headHeight - el.clientHeight;
    el.querySelector<HTMLElement>(`[data-row="${next}"] a`)?.focus({ preventScroll: true });
  };

  if (!rows) return <div className="panel-body"><Skeleton height={rowHeight * 10} /></div>;
  if (rows.length === 0) return <div className="empty">{empty}</div>;
  const grid = { gridTemplateColumns: columns.map((column) => column.width).join(' ') };
  const last = Math.min(count, seen.last);
  return (
    <div className="vlist" ref={box} onScroll={look} onKeyDown={onKeyDown} tabIndex={0} role="group" aria-label={label}>
      <div role="table" aria-label={label} aria-rowcount={hasMore ? -1 : count + 1}>
        <div role="rowgroup" className="vhead">
          <div role="row" className="vgrid" style={grid} aria-rowindex={1}>
            {columns.map((column) => <span key={column.header} role="columnheader" className={classOf(column)}>{column.header}</span>)}
          </div>
        </div>
        <div role="rowgroup" style={{ height: count * rowHeight, position: 'relative' }}>
          {rows.slice(seen.first, last).map((row, i) => (
            <div key={rowId(row)} role="row" className="vgrid vrow" data-row={seen.first + i} aria-rowindex={seen.first + i + 2}
              style={{ ...grid, height: rowHeight, transform: `translateY(${(seen.first + i) * rowHeight}px)` }}>
              {columns.map((column) => <span key={column.header} role="cell" className={classOf(column)} data-label={column.header}>{column.cell(row)}</span>)}
            </div>
          ))}
        </div>
      </div>
      {hasMore && <span className="sr" role="status">{t.common.loading}</span>}
    </div>
  );
}

function classOf({ end, wide }: { end?: boolean; wide?: boolean }): string | undefined {
  return [end && 'end', wide && 'wide'].filter(Boolean).join(' ') || undefined;
}
