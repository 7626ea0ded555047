import { useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { fetchHealth } from '../../api/operate';
import { useInfo } from '../../frame/Rail';
import { DataTable } from '../../parts/DataTable';
import { PageHead, Panel, Skeleton, Status } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { count, duration } from '../../state/numbers';
import { useNow } from '../../state/now';
import { useScope } from '../../state/scope';
import { t } from '../../text/en';
import { partsOf, tone, type Part } from './parts';

const h = t.health;

export default function Health() {
  const { app } = useScope();
  const now = useNow(1_000);
  const info = useInfo();
  const health = useQuery({ queryKey: ['health'], queryFn: ({ signal }) => fetchHealth(app.id, signal), refetchInterval: 5_000 });
  const well = health.data ? tone(health.data.status) === 'good' : undefined;
  const cells = [
    [h.server, info.data?.version], [h.mode, info.data?.mode],
    [h.started, info.data && duration(Math.max(0, Math.floor((now - Date.parse(info.data.started_at)) / 1000) * 1000))],
    [h.partitions, info.data && String(info.data.partitions)],
  ] as const;
  return (
    <>
      <PageHead title={h.title}>
        {well !== undefined && <Status tone={tone(health.data!.status)}>{well ? h.ok : h.degraded}</Status>}
      </PageHead>
      <div className="tiles">
        {cells.map(([name, value]) => (
          <section className="tile" style={{ minHeight: 84 }} key={name}>
            <div className="tile-name">{name}</div>
            <div className="tile-value" style={{ fontSize: '1.25rem' }}>{value ?? (info.error ? t.common.none : <Skeleton height={24} width={90} />)}</div>
          </section>
        ))}
      </div>
      {health.error ? <ProblemCard error={health.error} onRetry={() => void health.refetch()} /> : (
        <Panel title={h.parts} flush aside={well === false ? <span className="muted" style={{ fontSize: '0.8125rem' }}>{h.runbooks}</span> : undefined}>
          <DataTable label={h.parts} rows={health.data && partsOf(health.data)} columns={columns} rowId={(row) => row.name} empty={h.none} skeletonRows={6} />
        </Panel>
      )}
    </>
  );
}

const columns: ColumnDef<Part>[] = [
  { header: h.component, accessorKey: 'name' },
  { header: h.status, accessorKey: 'status', cell: ({ row }) => <Status tone={tone(row.original.status)}>{row.original.status}</Status> },
  { header: h.latency, accessorFn: (row) => row.latencyMs ?? -1, cell: ({ row }) => (row.original.latencyMs === undefined ? t.common.none : row.original.latencyMs < 0.05 ? h.quick : duration(row.original.latencyMs)), meta: { end: true } },
  { header: h.lag, accessorFn: (row) => row.lag ?? -1, cell: ({ row }) => (row.original.lag === undefined ? t.common.none : count(row.original.lag)), meta: { end: true } },
  { header: h.version, accessorFn: (row) => row.version ?? t.common.none, cell: ({ getValue }) => <span className="mono">{getValue() as string}</span> },
  { header: h.note, accessorFn: (row) => row.note ?? '', cell: ({ row }) => <span className="muted">{row.original.note}</span> },
];
