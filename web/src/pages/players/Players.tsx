import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { fetchPlayers, type Player } from '../../api/players';
import { PlayerLink } from '../../parts/Links';
import { PageHead, Status } from '../../parts/Page';
import { PagedTable } from '../../parts/PagedTable';
import type { VirtualColumn } from '../../parts/VirtualTable';
import { count } from '../../state/numbers';
import { useAddress, useScope, useZone } from '../../state/scope';
import { shortDateTime } from '../../state/zone';
import { t } from '../../text/en';
import { banHolds } from './ban';
import { Profile } from './Profile';

const p = t.players;

export default function Players() {
  const [{ player }] = useAddress();
  return player ? <Profile key={player} id={player} /> : <Find />;
}

function Find() {
  const { app } = useScope();
  const zone = useZone();
  const [{ q = '' }, change] = useAddress();
  const [asked] = useDebouncedValue(q.trim(), 150);
  const players = useInfiniteQuery({
    queryKey: ['players', app.id, asked], initialPageParam: undefined as string | undefined, placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) => fetchPlayers(app.id, asked, 100, pageParam, signal), getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const columns: VirtualColumn<Player>[] = [
    { header: p.player, width: 'minmax(220px, 3fr)', cell: (row) => <PlayerLink id={row.player_id}><b>{row.username ?? p.nameless}</b> <span className="mono muted clip">{row.player_id}</span></PlayerLink> },
    { header: p.rating, width: '90px', end: true, cell: (row) => <span className="num">{count(row.profile.current_rating)}</span> },
    { header: p.games, width: '90px', end: true, cell: (row) => <span className="num">{count(row.profile.games_played)}</span> },
    { header: p.sessions, width: '90px', end: true, wide: true, cell: (row) => <span className="num">{count(row.stats.sessions_played)}</span> },
    { header: p.joined, width: 'minmax(150px, 1fr)', wide: true, cell: (row) => <span className="line">{shortDateTime(zone, row.profile.created_at)}</span> },
    { header: p.state, width: 'minmax(150px, 1fr)', cell: (row) => (banHolds(row.ban) ? <Status tone="bad">{p.banned(row.ban?.until ? shortDateTime(zone, row.ban.until) : null)}</Status> : <span className="muted">{p.active}</span>) },
  ];
  return (
    <>
      <PageHead title={p.title} />
      <section className="panel" aria-label={p.list}>
        <div className="controls">
          <TextInput label={p.find} placeholder={p.placeholder} type="search" style={{ flexBasis: 360 }} value={q} onChange={(event) => change({ q: event.currentTarget.value }, true)} />
        </div>
        <PagedTable query={players} label={p.list} columns={columns} rowId={(row) => row.player_id} empty={asked ? p.noMatch : p.none} />
      </section>
    </>
  );
}
