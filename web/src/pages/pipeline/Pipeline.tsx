import { useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { fetchLedger } from '../../api/insight';
import { fetchKeys, fetchPipeline } from '../../api/operate';
import type { Ledger, LedgerRow, PartitionState, Pipeline as PipelineState } from '../../api/types';
import { DataTable } from '../../parts/DataTable';
import { PageHead, Panel, Skeleton, Status } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { count, duration } from '../../state/numbers';
import { useScope } from '../../state/scope';
import { t } from '../../text/en';
import { DeadLetters } from './DeadLetters';

const p = t.pipeline;

export default function Pipeline() {
  const { app } = useScope();
  const pipeline = useQuery({ queryKey: ['pipeline', app.id], queryFn: ({ signal }) => fetchPipeline(app.id, signal), refetchInterval: 2_000 });
  const ledger = useQuery({ queryKey: ['ledger', app.id], queryFn: ({ signal }) => fetchLedger(app.id, signal), refetchInterval: 2_000 });
  return (
    <>
      <PageHead title={p.title} />
      {pipeline.error ? <div style={{ marginBottom: 16 }}><ProblemCard error={pipeline.error} onRetry={() => void pipeline.refetch()} /></div> : <Numbers state={pipeline.data} />}
      <div className="stack">
        <LedgerPanel ledger={ledger.data} error={ledger.error} onRetry={() => void ledger.refetch()} />
        <Panel title={p.partitions} flush><Partitions rows={pipeline.data?.partitions} /></Panel>
        <DeadLetters />
      </div>
    </>
  );
}

function Numbers({ state }: { state: PipelineState | undefined }) {
  const behind = state?.partitions.reduce((all, one) => all + one.lag_events, 0) ?? 0;
  const cells = [
    [p.freshness, state && duration(state.freshness_ms)],
    [p.rate, state && count(Math.round(state.events_per_second * 10) / 10)],
    [p.lag, state && count(behind)],
    [p.dead, state && count(state.dead_letters)],
  ] as const;
  return (
    <div className="tiles">
      {cells.map(([name, value]) => (
        <section className="tile" style={{ minHeight: 84 }} key={name}>
          <div className="tile-name">{name}</div>
          <div className="tile-value">{value ?? <Skeleton height={26} width={90} />}</div>
        </section>
      ))}
    </div>
  );
}

function LedgerPanel({ ledger, error, onRetry }: { ledger: Ledger | undefined; error: unknown; onRetry: () => void }) {
  const { app } = useScope();
  const keys = useQuery({ queryKey: ['keys', app.id], queryFn: ({ signal }) => fetchKeys(app.id, signal), staleTime: 60_000 });
  const names = new Map(keys.data?.map((key) => [key.id, `${key.name} (${key.kind})`]));
  const columns: ColumnDef<LedgerRow>[] = [
    { header: p.key, accessorFn: (row) => names.get(row.key) ?? row.key },
    ...(['accepted', 'stored', 'repeated', 'dropped', 'rejected'] as const).map((column): ColumnDef<LedgerRow> => ({
      header: p[column], accessorKey: column, cell: ({ row }) => count(row.original[column]), meta: { end: true },
    })),
  ];
  return (
    <Panel title={p.ledger} hint={p.explain} flush aside={ledger && <span data-ledger={ledger.balanced ? 'balanced' : 'unbalanced'}><Status tone={ledger.balanced ? 'good' : 'bad'}>{ledger.balanced ? p.balanced : p.unbalanced}</Status></span>}>
      {error && !ledger ? <div className="panel-body"><ProblemCard error={error} onRetry={onRetry} /></div> : (
        <>
          {ledger ? <Equation ledger={ledger} /> : <div className="panel-body"><Skeleton height={44} /></div>}
          <DataTable label={p.ledger} rows={ledger?.rows} columns={columns} rowId={(row) => row.key} empty={t.overview.empty.title} skeletonRows={2} />
        </>
      )}
    </Panel>
  );
}

/** accepted = stored + repeated + dropped + pending, with the numbers in it. */
function Equation({ ledger }: { ledger: Ledger }) {
  const sum = (column: 'accepted' | 'stored' | 'repeated' | 'dropped') => ledger.rows.reduce((all, row) => all + row[column], 0);
  const [accepted, stored, repeated, dropped] = [sum('accepted'), sum('stored'), sum('repeated'), sum('dropped')];
  const off = accepted - stored - repeated - dropped - ledger.pending;
  const terms = [[p.accepted, accepted, ''], [p.stored, stored, '='], [p.repeated, repeated, '+'], [p.dropped, dropped, '+'], [p.pending, ledger.pending, '+']] as const;
  return (
    <div className="ledger">
      {terms.map(([name, value, sign]) => (
        <div className="row" key={name} style={{ flexWrap: 'nowrap' }}>{sign && <span>{sign}</span>}<span><b>{count(value)}</b>{name}</span></div>
      ))}
      {!ledger.balanced && <span className="bad">{p.off(count(off))}</span>}
    </div>
  );
}

/** Positions are numbers in the embedded log and on Kafka; another engine's are shown as they are. */
const position = (at: number | string) => (/^\d{1,15}$/.test(String(at)) ? count(Number(at)) : String(at));

function Partitions({ rows }: { rows: PartitionState[] | undefined }) {
  const worst = Math.max(1, ...(rows?.map((row) => row.lag_events) ?? []));
  const columns: ColumnDef<PartitionState>[] = [
    { header: p.partition, accessorKey: 'partition' },
    {
      header: p.lagEvents, accessorKey: 'lag_events', meta: { end: true },
      cell: ({ row }) => <span className="row" style={{ justifyContent: 'flex-end' }}><span className="bar" style={{ width: (row.original.lag_events / worst) * 60 }} />{count(row.original.lag_events)}</span>,
    },
    { header: p.lagTime, accessorKey: 'lag_ms', cell: ({ row }) => duration(row.original.lag_ms), meta: { end: true } },
    { header: p.committed, accessorKey: 'committed', cell: ({ row }) => position(row.original.committed), meta: { end: true } },
    { header: p.head, accessorKey: 'head', cell: ({ row }) => position(row.original.head), meta: { end: true } },
    { header: p.epoch, accessorKey: 'epoch', meta: { end: true } },
    { header: p.owner, accessorKey: 'owner', cell: ({ row }) => <span className="mono">{row.original.owner}</span> },
  ];
  return <DataTable label={p.partitions} rows={rows} columns={columns} rowId={(row) => String(row.partition)} empty={t.common.none} />;
}
