import type { ColumnDef } from '@tanstack/react-table';
import { Button } from '@mantine/core';
import type { BoardRow } from '../../api/leaderboards';
import { DataTable } from '../../parts/DataTable';
import { PlayerLink } from '../../parts/Links';
import { count } from '../../state/numbers';
import { useAddress, useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';

const l = t.leaderboards;

/** Places in the board's order, the best first. */
export function Rows({ rows, label, lit }: { rows: BoardRow[] | undefined; label: string; lit?: string | undefined }) {
  const zone = useZone();
  const [, change] = useAddress();
  const columns: ColumnDef<BoardRow>[] = [
    { header: l.rank, accessorKey: 'rank', enableSorting: false, cell: ({ row }) => <span className="num">{count(row.original.rank)}</span> },
    { header: l.player, accessorKey: 'player_id', enableSorting: false, cell: ({ row }) => <PlayerLink id={row.original.player_id}>{row.original.username} <span className="mono clip muted">{row.original.player_id}</span></PlayerLink> },
    { header: l.score, accessorKey: 'score', enableSorting: false, meta: { end: true }, cell: ({ row }) => <span className="num">{count(row.original.score)}</span> },
    { header: l.since, accessorKey: 'reached_at', enableSorting: false, cell: ({ row }) => dateTime(zone, row.original.reached_at) },
    { id: 'more', header: '', enableSorting: false, meta: { end: true }, cell: ({ row }) => <Button size="compact-xs" variant="default" aria-label={l.aroundOf(row.original.username ?? row.original.player_id)} onClick={() => change({ player: row.original.player_id })}>{l.around}</Button> },
  ];
  return <DataTable label={label} rows={rows} columns={columns} rowId={(row) => row.player_id} empty={l.none} lit={lit} skeletonRows={10} />;
}
