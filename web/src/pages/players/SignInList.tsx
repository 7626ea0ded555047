import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { fetchSignIns, type SignIn } from '../../api/players';
import { DataTable } from '../../parts/DataTable';
import { Panel } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { ago } from '../../state/numbers';
import { useNow } from '../../state/now';
import { useScope, useZone } from '../../state/scope';
import { dateTime, shortDateTime } from '../../state/zone';
import { t } from '../../text/en';
import type { Act } from './Acts';

const p = t.players;

/** How the player signs in, and what holds: each sign-in and the refreshes that followed from it. */
export function SignInList({ id, onAct }: { id: string; onAct: (act: Act) => void }) {
  const { app } = useScope();
  const zone = useZone();
  const now = useNow(5_000);
  const found = useQuery({ queryKey: ['player', app.id, id, 'sign-ins'], refetchInterval: 10_000, queryFn: ({ signal }) => fetchSignIns(app.id, id, undefined, signal) });
  const columns: ColumnDef<SignIn>[] = [
    { header: p.begun, accessorKey: 'since', enableSorting: false, cell: ({ row }) => shortDateTime(zone, row.original.since) },
    { header: p.refreshed, accessorKey: 'refreshed_at', enableSorting: false, cell: ({ row }) => <span title={dateTime(zone, row.original.refreshed_at)}>{ago(row.original.refreshed_at, now)}</span> },
    { header: p.expires, accessorKey: 'expires_at', enableSorting: false, cell: ({ row }) => shortDateTime(zone, row.original.expires_at) },
    { id: 'acts', header: '', enableSorting: false, meta: { end: true }, cell: ({ row }) => <Button size="compact-xs" variant="subtle" className="danger" aria-label={p.endOneOf(dateTime(zone, row.original.since))} onClick={() => onAct({ kind: 'signOut', signIn: row.original.sign_in_id })}>{p.endOne}</Button> },
  ];
  return (
    <Panel title={p.signIns} flush aside={found.data && <span className="chip">{p.ways(found.data.has_password, found.data.devices)}</span>}>
      {found.error && !found.data ? <div className="panel-body"><ProblemCard error={found.error} onRetry={() => void found.refetch()} /></div>
        : <DataTable label={p.signIns} rows={found.data?.items} columns={columns} rowId={(row) => row.sign_in_id} empty={p.noSignIns} />}
    </Panel>
  );
}
