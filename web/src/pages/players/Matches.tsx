import { Button } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useState } from 'react';
import { fetchMatch, type Match, type RatingStep } from '../../api/players';
import { DataTable } from '../../parts/DataTable';
import { PlayerLink } from '../../parts/Links';
import { Panel } from '../../parts/Page';
import { count } from '../../state/numbers';
import { useNames } from '../../state/names';
import { useScope, useZone } from '../../state/scope';
import { dateTime, shortDateTime } from '../../state/zone';
import { t } from '../../text/en';

const p = t.players;
const first = 8;
const more = 40;
const shownRivals = 2;

/** The newest matches, each with how it ended and against whom. */
export function Matches({ id, steps }: { id: string; steps: RatingStep[] | undefined }) {
  const { app } = useScope();
  const zone = useZone();
  const [all, setAll] = useState(false);
  const rows = steps?.slice(0, all ? more : first);
  const matches = useQueries({
    queries: (rows ?? []).map(({ match_id }) => ({ queryKey: ['match', app.id, match_id], staleTime: 60_000, queryFn: ({ signal }: { signal: AbortSignal }) => fetchMatch(app.id, match_id, signal) })),
    combine: (answers) => new Map(answers.flatMap(({ data }) => (data ? [[data.match_id, data] as const] : []))),
  });
  const rivals = (match: Match | undefined) => match?.teams.flatMap((team) => team.players.map((player) => player.player_id)).filter((one) => one !== id) ?? [];
  const names = useNames([...matches.values()].flatMap((match) => rivals(match).slice(0, shownRivals)));
  const columns: ColumnDef<RatingStep>[] = [
    { header: p.at, accessorKey: 'timestamp', enableSorting: false, cell: ({ row }) => <span className="line" title={dateTime(zone, row.original.timestamp)}>{shortDateTime(zone, row.original.timestamp)}</span> },
    { header: p.result, id: 'result', enableSorting: false, cell: ({ row }) => outcome(matches.get(row.original.match_id), id) },
    {
      header: p.against, id: 'against', enableSorting: false, cell: ({ row }) => {
        const others = rivals(matches.get(row.original.match_id));
        return (
          <span className="row" style={{ gap: '2px 8px' }}>
            {others.slice(0, shownRivals).map((one) => <PlayerLink key={one} id={one}>{names.get(one)}</PlayerLink>)}
            {others.length > shownRivals && <span className="muted">{p.more(others.length - shownRivals)}</span>}
          </span>
        );
      },
    },
    { header: p.rating, accessorKey: 'rating', enableSorting: false, meta: { end: true }, cell: ({ row }) => <span className="num">{count(row.original.rating)}</span> },
    { header: p.change, accessorKey: 'change', enableSorting: false, meta: { end: true }, cell: ({ row }) => <Change by={row.original.change} /> },
  ];
  return (
    <Panel title={p.matches} flush aside={steps && steps.length > first && !all ? <Button size="compact-xs" variant="default" onClick={() => setAll(true)}>{t.common.more}</Button> : undefined}>
      <DataTable label={p.matches} rows={rows} columns={columns} rowId={(row) => row.match_id} empty={p.noMatches} skeletonRows={first} />
    </Panel>
  );
}

function Change({ by }: { by: number }) {
  return <span className={`num ${by > 0 ? 'good' : by < 0 ? 'bad' : 'muted'}`}>{by > 0 ? `+${by}` : String(by).replace('-', '−')}</span>;
}

function outcome(match: Match | undefined, id: string): string {
  const mine = match?.teams.find((team) => team.players.some((player) => player.player_id === id));
  if (!match || !mine) return t.common.none;
  const better = match.teams.filter((team) => team.rank < mine.rank).length;
  if (match.teams.length > 2) return p.place(better + 1, match.teams.length);
  if (better > 0) return p.lost;
  return match.teams.some((team) => team !== mine && team.rank === mine.rank) ? p.drawn : p.won;
}
