import { useComputedColorScheme } from '@mantine/core';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import type { ChartData, Line } from '../../charts/model';
import { themeOf } from '../../charts/theme';
import { DataTable } from '../../parts/DataTable';
import { change, share } from '../../state/numbers';
import { dateIn, dateTime, plainDate } from '../../state/zone';
import { t } from '../../text/en';

interface Total {
  line: Line;
  index: number;
  part: number | null;
  moved: string | null;
}

/** The legend, with each line's total; it also says which colour is whose. */
export function TotalsTable({ data, previous, format }: { data: ChartData; previous: Map<string, number> | undefined; format: (value: number) => string }) {
  const theme = themeOf(useComputedColorScheme('light'));
  const lines = data.lines.filter((line) => line.role !== 'previous');
  const sum = lines.reduce((all, line) => all + line.total, 0);
  const rows: Total[] = lines.map((line, index) => {
    const before = previous?.get(line.name);
    return { line, index, part: sum > 0 && lines.length > 1 ? line.total / sum : null, moved: before === undefined ? null : change(line.total, before) };
  });
  const columns: ColumnDef<Total>[] = [
    {
      header: t.events.series, accessorFn: (row) => row.line.name,
      cell: ({ row }) => (
        <span title={row.original.line.role === 'other' ? t.events.otherNote : undefined}>
          <span className="swatch" style={{ background: row.original.line.role === 'main' ? theme.hues[row.original.index % theme.hues.length] : theme.other }} />
          {row.original.line.name}
        </span>
      ),
    },
    { header: t.common.total, accessorFn: (row) => row.line.total, cell: ({ row }) => format(row.original.line.total), meta: { end: true } },
    { header: t.events.share, accessorFn: (row) => row.part ?? 1, cell: ({ row }) => (row.original.part === null ? t.common.none : share(row.original.part)), meta: { end: true } },
    ...(previous ? [{ header: t.events.change, accessorFn: (row: Total) => row.moved ?? '', cell: ({ row }: { row: { original: Total } }) => row.original.moved ?? t.common.none, meta: { end: true } } satisfies ColumnDef<Total>] : []),
  ];
  return <DataTable label={t.common.total} rows={rows} columns={columns} rowId={(row) => `${row.line.role} ${row.line.name}`} empty={t.events.none} />;
}

interface Row {
  time: number;
  index: number;
}

const shownMax = 500;

export function PointsTable({ data, zone, format }: { data: ChartData; zone: string; format: (value: number) => string }) {
  const rows = useMemo<Row[]>(() => data.times.map((time, index) => ({ time, index })).reverse().slice(0, shownMax), [data.times]);
  const days = data.step !== 'MINUTE' && data.step !== 'HOUR';
  const columns: ColumnDef<Row>[] = [
    { header: `${t.events.time} (${zone})`, accessorKey: 'time', cell: ({ row }) => days ? plainDate(dateIn(zone, row.original.time)) : dateTime(zone, row.original.time).replace(/:00$/, '') },
    ...data.lines.map((line): ColumnDef<Row> => ({
      id: `${line.role} ${line.name}`, header: line.name, accessorFn: (row) => line.values[row.index] ?? 0,
      cell: ({ getValue }) => format(getValue() as number), meta: { end: true },
    })),
  ];
  return <DataTable label={t.events.table} rows={rows} columns={columns} rowId={(row) => String(row.time)} empty={t.events.none} />;
}
