import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useState } from 'react';
import { fetchMatch } from '../../api/players';
import { abandonSession, completeSession, fetchSession, isOver, type GameSession, type SessionEvent } from '../../api/sessions';
import { Confirm } from '../../parts/Confirm';
import { CopyButton } from '../../parts/CopyButton';
import { DataTable } from '../../parts/DataTable';
import { Done, PlayerLink } from '../../parts/Links';
import { PageHead, Panel, Skeleton } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { count, duration } from '../../state/numbers';
import { useNames } from '../../state/names';
import { useNow } from '../../state/now';
import { useAddress, useScope, useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';
import { SessionChip } from './SessionChip';

const s = t.sessions;
const namedPlayers = 40;
const historyMax = 200; // what the server keeps of one
type Act = 'complete' | 'abandon';

/** One session: who plays, what the game has written, and what happened in which order. */
export function Timeline({ id }: { id: string }) {
  const { app } = useScope();
  const [, change] = useAddress();
  const [act, setAct] = useState<Act | null>(null);
  const [done, setDone] = useState('');
  const session = useQuery({
    queryKey: ['session', app.id, id], queryFn: ({ signal }) => fetchSession(app.id, id, signal),
    refetchInterval: (query) => (query.state.data && isOver(query.state.data.status) ? false : 2_000),
  });
  const it = session.data;
  const back = <Button variant="default" onClick={() => change({ session: '' })}>{s.back}</Button>;
  if (session.error && !it) return <><PageHead title={s.title}>{back}</PageHead><ProblemCard error={session.error} onRetry={() => void session.refetch()} /></>;
  return (
    <>
      <PageHead title={s.session}>
        {it && (it.status === 'active' || it.status === 'paused') && <Button variant="default" onClick={() => setAct('complete')}>{s.complete}</Button>}
        {it && !isOver(it.status) && <Button variant="default" className="danger" onClick={() => setAct('abandon')}>{s.abandon}</Button>}
        {back}
      </PageHead>
      <Done text={done} target={id} />
      {!it ? <Skeleton height={480} /> : (
        <div className="stack">
          <Facts session={it} />
          <div className="grid">
            <div className="stack"><PlayerTable session={it} />{it.match_id && <Result match={it.match_id} />}<Documents session={it} /></div>
            <Events session={it} />
          </div>
        </div>
      )}
      {act && it && <End session={it} act={act} onDone={() => { setAct(null); setDone(s.done); }} onClose={() => setAct(null)} />}
    </>
  );
}

function Facts({ session }: { session: GameSession }) {
  const zone = useZone();
  const now = useNow(1_000);
  const over = isOver(session.status);
  const ms = Math.max(0, (over ? Date.parse(session.updated_at) : now) - Date.parse(session.created_at));
  return (
    <div className="row about">
      <span className="mono">{session.session_id}</span><CopyButton value={session.session_id} label={s.copyId} />
      <SessionChip status={session.status} />
      <span className="chip">{session.mode ?? s.noMode}</span>
      <span className="chip">{`${s.started} ${dateTime(zone, session.created_at)}`}</span>
      <span className="chip num">{`${over ? s.lasted : s.lasting} ${duration(Math.floor(ms / 1000) * 1000)}`}</span>
      <span className="chip num">{`${s.version} ${count(session.version)}`}</span>
    </div>
  );
}

function PlayerTable({ session }: { session: GameSession }) {
  const names = useNames(session.players.slice(0, namedPlayers).map((player) => player.player_id));
  type Row = GameSession['players'][number];
  const teams = session.players.some((player) => player.team !== undefined);
  const columns: ColumnDef<Row>[] = [
    { header: s.player, accessorFn: (row) => names.get(row.player_id) ?? row.player_id, cell: ({ row }) => <PlayerLink id={row.original.player_id}>{names.get(row.original.player_id)}</PlayerLink> },
    ...(teams ? [{ header: s.team, accessorKey: 'team', cell: ({ row }) => count((row.original.team ?? 0) + 1) } satisfies ColumnDef<Row>] : []),
    { header: s.rating, accessorKey: 'rating', meta: { end: true }, cell: ({ row }) => <span className="num">{count(row.original.rating)}</span> },
  ];
  return <Panel title={s.players} hint={s.ratingHint} flush><DataTable label={s.players} rows={session.players} columns={columns} rowId={(row) => row.player_id} empty={t.common.none} /></Panel>;
}

function Result({ match }: { match: string }) {
  const { app } = useScope();
  const found = useQuery({ queryKey: ['match', app.id, match], retry: false, queryFn: ({ signal }) => fetchMatch(app.id, match, signal), refetchInterval: (query) => (query.state.data ? false : 5_000) });
  const names = useNames(found.data?.teams.flatMap((team) => team.players.map((player) => player.player_id)).slice(0, namedPlayers) ?? []);
  return (
    <Panel title={s.result} aside={found.data && <span className="chip">{found.data.status}</span>}>
      {!found.data ? <span className="muted">{s.noResult}</span> : (
        <ol className="ranks">
          {[...found.data.teams].sort((a, b) => a.rank - b.rank).map((team, i) => (
            <li key={i}><span className="muted">{s.rank(team.rank)}</span>{team.players.map(({ player_id }) => <PlayerLink key={player_id} id={player_id}>{names.get(player_id)}</PlayerLink>)}{team.score !== null && <span className="num">{count(team.score)}</span>}</li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Documents({ session }: { session: GameSession }) {
  const has = (o: object) => Object.keys(o).length > 0;
  return (
    <>
      <Panel title={s.state} hint={s.stateHint} aside={<span className="chip num">{`${s.version} ${count(session.version)}`}</span>}>
        {has(session.state) ? <pre className="code" tabIndex={0}>{JSON.stringify(session.state, null, 2)}</pre> : <span className="muted">{s.noState}</span>}
      </Panel>
      {has(session.attributes) && <Panel title={s.attributes}><pre className="code" tabIndex={0}>{JSON.stringify(session.attributes, null, 2)}</pre></Panel>}
    </>
  );
}

function Events({ session }: { session: GameSession }) {
  const zone = useZone();
  const began = Date.parse(session.created_at);
  return (
    <Panel title={s.timeline}>
      <ol className="timeline" aria-label={s.timeline}>
        {[...session.history].reverse().map((event, i) => <Entry key={session.history.length - i} event={event} zone={zone} after={Date.parse(event.timestamp) - began} />)}
      </ol>
      {session.history.length >= historyMax && <p className="muted">{s.gap}</p>}
    </Panel>
  );
}

function Entry({ event, zone, after }: { event: SessionEvent; zone: string; after: number }) {
  const { from, to, ...rest } = event.details;
  const moved = typeof from === 'string' && typeof to === 'string';
  const details = moved ? rest : event.details;
  const name = (status: string) => (s.statuses as Record<string, string>)[status] ?? status;
  return (
    <li>
      <span className="num muted line" title={dateTime(zone, event.timestamp)}>{after > 0 ? `+ ${duration(after)}` : dateTime(zone, event.timestamp)}</span>
      <div>
        <span>{s.events[event.event] ?? event.event}</span>{moved && <b> {s.fromTo(name(from), name(to))}</b>}
        {Object.keys(details).length > 0 && <code className="mono muted">{JSON.stringify(details)}</code>}
      </div>
    </li>
  );
}

function End({ session, act, onDone, onClose }: { session: GameSession; act: Act; onDone: () => void; onClose: () => void }) {
  const { app } = useScope();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => (act === 'complete' ? completeSession : abandonSession)(app.id, session.session_id),
    onSuccess: async (ended) => {
      queries.setQueryData(['session', app.id, session.session_id], ended);
      await queries.invalidateQueries({ queryKey: ['sessions', app.id] });
      onDone();
    },
  });
  const people = session.players.length;
  const what = act === 'complete' ? s.completeWhat(people) : session.status === 'waiting' ? s.cancelWhat(people) : s.abandonWhat(people);
  return <Confirm title={act === 'complete' ? s.completeTitle : s.abandonTitle} what={what} action={act === 'complete' ? s.complete : s.abandon} word={s.word}
    busy={end.isPending} error={end.error} onConfirm={() => end.mutate()} onClose={onClose} />;
}
