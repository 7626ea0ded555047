import { flexRender, getCoreRowModel, getSortedRowModel, useReactTable, type ColumnDef, type RowData, type SortingState } from '@tanstack/react-table';
import { useState } from 'react';
import { t } from '../text/en';
import { Skeleton } from './Page';

declare module '@tanstack/react-table' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface ColumnMeta<TData extends RowData, TValue> {
    end?: boolean;
  }
}

interface Props<T> {
  label: string;
  rows: T[] | undefined;
  // A table mixes columns of different value types.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  columns: ColumnDef<T, any>[];
  rowId: (row: T) => string;
  empty: string;
  lit?: string | undefined;
  skeletonRows?: number;
}

/** A sortable table that becomes a list of cards on a phone. `rows` undefined: still loading. */
export function DataTable<T>({ label, rows, columns, rowId, empty, lit, skeletonRows = 4 }: Props<T>) {
  const [sorting, setSorting] = useState<SortingState>([]);
  const table = useReactTable({
    data: rows ?? [], columns, getRowId: rowId, state: { sorting }, onSortingChange: setSorting,
    getCoreRowModel: getCoreRowModel(), getSortedRowModel: getSortedRowModel(),
  });
  if (!rows) return <div className="panel-body"><Skeleton height={36 + skeletonRows * 40} /></div>;
  if (rows.length === 0) return <div className="empty">{empty}</div>;
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label={label}>
      <table className="table cards" role="table" aria-label={label}>
        <thead role="rowgroup">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} role="row">
              {group.headers.map((header) => {
                const { columnDef } = header.column;
                const sorted = header.column.getIsSorted();
                const text = flexRender(columnDef.header, header.getContext());
                return (
                  <th key={header.id} role="columnheader" className={columnDef.meta?.end ? 'end' : undefined}
                    aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : undefined}>
                    {header.column.getCanSort() && typeof columnDef.header === 'string' && columnDef.header ? (
                      <button type="button" className="sort" title={t.common.sortBy(columnDef.header)} onClick={header.column.getToggleSortingHandler()}>
                        {text}{sorted && <span aria-hidden="true">{sorted === 'asc' ? '↑' : '↓'}</span>}
                      </button>
                    ) : columnDef.header === '' ? <span className="sr">{t.common.actions}</span> : text}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody role="rowgroup">
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id} role="row" data-lit={row.id === lit || undefined}>
              {row.getVisibleCells().map((cell) => {
                const { header, meta } = cell.column.columnDef;
                return (
                  <td key={cell.id} role="cell" className={meta?.end ? 'end' : undefined} data-label={typeof header === 'string' ? header : ''}>
                    {flexRender(cell.column.columnDef.cell, cell.getContext())}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
