import { Button, Select, TextInput } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, useState, type FormEvent } from 'react';
import { fetchLeaderboards, fetchRanking, fetchSeasons, fetchStanding, type Leaderboard, type LeaderboardSeason } from '../../api/leaderboards';
import { PageHead, Skeleton } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { count } from '../../state/numbers';
import { useAddress, useScope } from '../../state/scope';
import { t } from '../../text/en';
import { Rows } from './Rows';

const l = t.leaderboards;

export default function Leaderboards() {
  const { app } = useScope();
  const [{ board: wanted }] = useAddress();
  const boards = useQuery({ queryKey: ['leaderboards', app.id], queryFn: ({ signal }) => fetchLeaderboards(app.id, signal), refetchInterval: 30_000 });
  const shown = wanted ?? boards.data?.[0]?.id;
  return (
    <>
      <PageHead title={l.title} lead={l.lead} />
      <section className="panel" aria-label={l.title}>
        {boards.error && !boards.data ? <div className="panel-body" style={{ paddingTop: 16 }}><ProblemCard error={boards.error} onRetry={() => void boards.refetch()} /></div>
          : !boards.data ? <div className="panel-body"><Skeleton height={360} /></div>
            : shown ? <Board key={shown} id={shown} boards={boards.data} /> : <div className="empty">{l.noBoards}</div>}
      </section>
    </>
  );
}

function Board({ id, boards }: { id: string; boards: Leaderboard[] }) {
  const { app } = useScope();
  const [{ season = '', player = '' }, change] = useAddress();
  const rules = boards.find((one) => one.id === id);
  const seasons = useQuery({ queryKey: ['seasons', app.id, id], enabled: !!rules?.season, queryFn: ({ signal }) => fetchSeasons(app.id, id, signal), refetchInterval: 30_000 });
  // Nobody has played in a queue that is asked for by its name and not listed: its ranking is there, and empty.
  const choices = rules ? boards.map((one) => one.id) : [...boards.map((one) => one.id), id];
  return (
    <>
      <div className="controls">
        <Select label={l.board} value={id} data={choices} searchable onChange={(value) => value && change({ board: value, season: '', player: '' })} />
        {rules?.season && <Select label={l.season} value={season} data={seasonChoices(seasons.data ?? [], season)} onChange={(value) => change({ season: value ?? '' })} />}
        <Find key={player} player={player} onFind={(name) => change({ player: name })} />
      </div>
      {rules && <div className="panel-head"><span className="muted" style={{ fontSize: '0.8125rem' }}>{rules.queue ? l.ofQueue(rules.queue) : [l.order[rules.order], l.operator[rules.operator], l.ranking[rules.ranking], rules.season && l.every(rules.season.every, rules.season.timezone)].filter(Boolean).join(' · ')}</span></div>}
      {player ? <Around board={id} season={season} player={player} onBack={() => change({ player: '' })} /> : <Top board={id} season={season} />}
    </>
  );
}

function seasonChoices(seasons: LeaderboardSeason[], chosen: string) {
  const ended = seasons.filter((one) => one.status === 'ended').map((one) => ({ value: one.season, label: l.ended(one.season, one.players ?? 0) }));
  const known = chosen === '' || ended.some((one) => one.value === chosen) ? [] : [{ value: chosen, label: chosen }];
  return [{ value: '', label: l.underWay }, ...known, ...ended];
}

function Find({ player, onFind }: { player: string; onFind: (player: string) => void }) {
  const [text, setText] = useState(player);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onFind(text.trim());
  };
  return (
    <form style={{ display: 'flex', gap: 8, alignItems: 'flex-end', flexBasis: 290 }} onSubmit={submit}>
      <TextInput style={{ flex: 1 }} label={l.find} placeholder={l.playerId} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <Button type="submit" variant="default">{l.show}</Button>
    </form>
  );
}

function Top({ board, season }: { board: string; season: string }) {
  const { app } = useScope();
  const ranking = useInfiniteQuery({
    queryKey: ['ranking', app.id, board, season], initialPageParam: undefined as string | undefined, refetchInterval: season ? false : 5_000,
    queryFn: ({ pageParam, signal }) => fetchRanking(app.id, board, season || undefined, pageParam, signal), getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const rows = useMemo(() => ranking.data?.pages.flatMap((page) => page.items), [ranking.data]);
  const total = ranking.data?.pages[0]?.total;
  if (ranking.error && !rows) return <div className="panel-body"><ProblemCard error={ranking.error} onRetry={() => void ranking.refetch()} /></div>;
  return (
    <>
      <div className="panel-head"><h2>{l.top}</h2><span className="grow" />{total !== undefined && <span className="chip">{l.players(total)}</span>}</div>
      <Rows rows={rows} label={l.top} />
      {ranking.hasNextPage && <div className="panel-body" style={{ paddingTop: 12 }}><Button variant="default" loading={ranking.isFetchingNextPage} onClick={() => void ranking.fetchNextPage()}>{t.common.more}</Button></div>}
    </>
  );
}

function Around({ board, season, player, onBack }: { board: string; season: string; player: string; onBack: () => void }) {
  const { app } = useScope();
  const standing = useQuery({
    queryKey: ['standing', app.id, board, season, player], placeholderData: keepPreviousData, refetchInterval: season ? false : 5_000, retry: false,
    queryFn: ({ signal }) => fetchStanding(app.id, board, season || undefined, player, signal),
  });
  const back = <Button variant="default" onClick={onBack}>{l.back}</Button>;
  if (standing.error) return <div className="panel-body"><ProblemCard error={standing.error} onRetry={() => void standing.refetch()} /><div style={{ paddingTop: 12 }}>{back}</div></div>;
  const it = standing.data;
  return (
    <>
      <div className="panel-head">
        <h2>{it ? l.place(it.username ?? it.player_id, count(it.rank), count(it.total)) : l.around}</h2>
        {it && <span className="muted" style={{ fontSize: '0.8125rem' }}>{l.better(it.percentile)}</span>}
        <span className="grow" />{back}
      </div>
      <Rows rows={it?.items} label={l.around} lit={it?.player_id} />
    </>
  );
}
