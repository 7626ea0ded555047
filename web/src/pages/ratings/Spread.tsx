import type { ColumnDef } from '@tanstack/react-table';
import { Button } from '@mantine/core';
import type { RatingBin, RatingDistribution } from '../../api/ratings';
import { Histogram } from '../../charts/Histogram';
import { downloadRows } from '../../charts/model';
import { DataTable } from '../../parts/DataTable';
import { Panel, Skeleton } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { count, share } from '../../state/numbers';
import { t } from '../../text/en';

const r = t.ratings;
const height = 340;

interface Props {
  spread: RatingDistribution | undefined;
  error: unknown;
  onRetry: () => void;
  table: boolean;
}

export function Spread({ spread, error, onRetry, table }: Props) {
  const bins = spread?.bins;
  const { p25, p50, p75 } = spread?.percentiles ?? {};
  const summary = spread && p50 !== undefined && p25 !== undefined && p75 !== undefined ? `${r.players(spread.players)} · ${r.median(String(p50))}, ${r.middle(String(p25), String(p75))}` : '';
  return (
    <Panel title={r.spread} hint={r.spreadHow} flush={table && !!bins} aside={bins && <Button variant="default" onClick={() => save(spread.queue, bins)}>{r.csv}</Button>}>
      {error && !spread ? <ProblemCard error={error} onRetry={onRetry} />
        : !spread || !bins ? <Skeleton height={height} />
          : bins.length === 0 ? <div className="chart-empty" style={{ height }}>{r.noPlayers}</div>
            : (
              <>
                <div className="muted num" data-spread style={{ fontSize: '0.8125rem', minHeight: 20, padding: table ? '0 16px' : 0 }} title={summary}>{summary}</div>
                {table ? <Bins bins={bins} players={spread.players} /> : <Histogram bins={bins} median={p50} height={height - 20} label={`${r.spread}: ${summary}`} />}
              </>
            )}
    </Panel>
  );
}

function Bins({ bins, players }: { bins: RatingBin[]; players: number }) {
  const columns: ColumnDef<RatingBin>[] = [
    { header: r.rating, accessorKey: 'from', cell: ({ row }) => <span className="num">{`${row.original.from} – ${row.original.to - 1}`}</span> },
    { header: r.playersColumn, accessorKey: 'players', meta: { end: true }, cell: ({ row }) => <span className="num">{count(row.original.players)}</span> },
    { header: r.share, id: 'share', enableSorting: false, meta: { end: true }, cell: ({ row }) => <span className="num">{share(row.original.players / Math.max(1, players))}</span> },
  ];
  return <DataTable label={r.spread} rows={bins} columns={columns} rowId={(row) => String(row.from)} empty={r.noPlayers} />;
}

function save(queue: string, bins: RatingBin[]): void {
  downloadRows(`ratings-${queue}.csv`, [['from', 'to', 'players'], ...bins.map((bin) => [bin.from, bin.to, bin.players])]);
}
