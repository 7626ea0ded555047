import type { ColumnDef } from '@tanstack/react-table';
import { Button, useComputedColorScheme } from '@mantine/core';
import type { RatingPeriod, RatingQuality } from '../../api/ratings';
import { Chart } from '../../charts/Chart';
import { downloadRows, type ChartData } from '../../charts/model';
import { themeOf } from '../../charts/theme';
import { DataTable } from '../../parts/DataTable';
import { Hint, Panel, Skeleton } from '../../parts/Page';
import { count } from '../../state/numbers';
import { useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';
import { figure } from './Figures';

const r = t.ratings;
const height = 190;
const points = (value: number | null) => (value === null ? t.common.none : value.toFixed(0));

/** Where ratings and predictions stood over time. */
export function Drift({ quality, table }: { quality: RatingQuality | undefined; table: boolean }) {
  const periods = quality?.periods;
  return (
    <Panel title={r.drift} flush={table} {...(quality ? { hint: r.driftHow(quality.period_seconds / 3600) } : {})} aside={periods && <Button variant="default" onClick={() => save(quality.queue, periods)}>{r.csv}</Button>}>
      {!periods ? <Skeleton height={height} />
        : periods.length === 0 ? <div className="chart-empty" style={{ height }}>{r.noPeriods}</div>
          : table ? <Periods periods={periods} />
            : (
              <div className="grid" style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 300px), 1fr))' }}>
                <Over quality={quality} title={r.mean} how={r.meanHow} lines={{ [r.mean]: 'rating' }} format={(value) => value.toFixed(0)} />
                <Over quality={quality} title={r.width} how={r.widthHow} lines={{ [r.spreadLine]: 'spread', [r.deviation]: 'deviation' }} format={(value) => value.toFixed(0)} />
                <Over quality={quality} title={r.lossLine} how={r.lossHow} lines={{ [r.lossLine]: 'log_loss' }} format={(value) => value.toFixed(3)} />
              </div>
            )}
    </Panel>
  );
}

interface OverProps {
  quality: RatingQuality;
  title: string;
  how: string;
  lines: Record<string, 'rating' | 'spread' | 'deviation' | 'log_loss'>;
  format: (value: number) => string;
}

function Over({ quality, title, how, lines, format }: OverProps) {
  const zone = useZone();
  const fields = Object.values(lines);
  const told = quality.periods.filter((period) => fields.every((field) => period[field] !== null));
  const data: ChartData = {
    times: told.map((period) => Date.parse(period.from)), step: quality.period_seconds < 86_400 ? 'HOUR' : 'DAY', filling: false,
    lines: Object.entries(lines).map(([name, field]) => ({ name, values: told.map((period) => period[field] ?? 0), total: 0, role: 'main' as const })),
  };
  const last = told[told.length - 1];
  const label = `${title}: ${Object.entries(lines).map(([name, field]) => `${name} ${last ? format(last[field] ?? 0) : t.common.none}`).join(', ')}`;
  return (
    <section aria-label={title} style={{ minWidth: 0 }}>
      <div className="tile-name" style={{ marginBottom: 6 }}>{data.lines.length > 1 ? <Legend names={Object.keys(lines)} /> : title}<Hint name={title} text={how} /></div>
      {told.length === 0 ? <div className="chart-empty" style={{ height }}>{t.common.none}</div>
        : <Chart data={data} zone={zone} height={height} format={format} formatAxis={format} fillingNote="" label={label} group="ratings" floating />}
    </section>
  );
}

function Legend({ names }: { names: string[] }) {
  const { hues } = themeOf(useComputedColorScheme('light'));
  return names.map((name, i) => <span key={name} style={{ marginRight: 10 }}><span className="swatch" style={{ background: hues[i] }} />{name}</span>);
}

function Periods({ periods }: { periods: RatingPeriod[] }) {
  const zone = useZone();
  const number = (header: string, field: 'rating' | 'spread' | 'deviation'): ColumnDef<RatingPeriod> => ({ header, accessorKey: field, meta: { end: true }, cell: ({ row }) => <span className="num">{points(row.original[field])}</span> });
  const columns: ColumnDef<RatingPeriod>[] = [
    { header: r.period, accessorKey: 'from', cell: ({ row }) => <span className="line">{dateTime(zone, row.original.from).replace(/:00$/, '')}</span> },
    { header: r.count, accessorKey: 'matches', meta: { end: true }, cell: ({ row }) => <span className="num">{count(row.original.matches)}</span> },
    number(r.mean, 'rating'), number(r.spreadLine, 'spread'), number(r.deviation, 'deviation'),
    { header: r.lossLine, accessorKey: 'log_loss', meta: { end: true }, cell: ({ row }) => <span className="num">{figure(row.original.log_loss)}</span> },
  ];
  return <DataTable label={r.drift} rows={[...periods].reverse()} columns={columns} rowId={(row) => row.from} empty={r.noPeriods} />;
}

function save(queue: string, periods: RatingPeriod[]): void {
  downloadRows(`ratings-over-time-${queue}.csv`, [['from', 'matches', 'rating', 'spread', 'deviation', 'log_loss'], ...periods.map((one) => [one.from, one.matches, one.rating, one.spread, one.deviation, one.log_loss])]);
}
