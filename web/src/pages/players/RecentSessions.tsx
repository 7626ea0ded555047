import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { fetchSessions, type SessionRow } from '../../api/sessions';
import { DataTable } from '../../parts/DataTable';
import { SessionLink } from '../../parts/Links';
import { Panel } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { keptSearch } from '../../state/search';
import { useAddress, useScope, useZone } from '../../state/scope';
import { shortDateTime } from '../../state/zone';
import { t } from '../../text/en';
import { SessionChip } from '../sessions/SessionChip';

const p = t.players;
const s = t.sessions;

export function RecentSessions({ id }: { id: string }) {
  const { app } = useScope();
  const zone = useZone();
  const [search] = useAddress();
  const found = useQuery({ queryKey: ['player', app.id, id, 'sessions'], refetchInterval: 5_000, queryFn: ({ signal }) => fetchSessions(app.id, { player: id, limit: 8 }, signal) });
  const columns: ColumnDef<SessionRow>[] = [
    { header: s.session, accessorKey: 'session_id', enableSorting: false, cell: ({ row }) => <SessionLink id={row.original.session_id} /> },
    { header: s.status, accessorKey: 'status', enableSorting: false, cell: ({ row }) => <SessionChip status={row.original.status} /> },
    { header: s.started, accessorKey: 'created_at', enableSorting: false, cell: ({ row }) => <span className="line">{shortDateTime(zone, row.original.created_at)}</span> },
  ];
  return (
    <Panel title={p.recent} flush aside={<Link to="/sessions" search={{ ...keptSearch(search), status: 'all', player: id } as never}>{p.allSessions}</Link>}>
      {found.error && !found.data ? <div className="panel-body"><ProblemCard error={found.error} onRetry={() => void found.refetch()} /></div>
        : <DataTable label={p.recent} rows={found.data?.items} columns={columns} rowId={(row) => row.session_id} empty={p.noSessions} />}
    </Panel>
  );
}
