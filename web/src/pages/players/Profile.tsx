import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { fetchPlayer, type Player } from '../../api/players';
import { session } from '../../api/session';
import { CopyButton } from '../../parts/CopyButton';
import { Done } from '../../parts/Links';
import { Hint, PageHead, Panel, Skeleton, Status } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { count, duration, share } from '../../state/numbers';
import { useAddress, useScope, useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';
import { BanPlayer, ErasePlayer, LiftBan, SignOut, type Act } from './Acts';
import { banHolds } from './ban';
import { Notes } from './Notes';
import { Rating } from './Rating';
import { RecentSessions } from './RecentSessions';
import { SignInList } from './SignInList';

const p = t.players;

/** All that support needs to know of one player, and may do. */
export function Profile({ id }: { id: string }) {
  const { app } = useScope();
  const [, change] = useAddress();
  const [act, setAct] = useState<Act | null>(null);
  const [done, setDone] = useState('');
  const [erased, setErased] = useState(false);
  const player = useQuery({ queryKey: ['player', app.id, id], enabled: !erased, refetchInterval: 10_000, queryFn: ({ signal }) => fetchPlayer(app.id, id, signal) });
  const name = player.data?.username ?? id;
  const back = <Button variant="default" onClick={() => change({ player: '', queue: '' })}>{p.back}</Button>;
  if (erased) return <><PageHead title={p.title}>{back}</PageHead><Done text={done} target={id} /></>;
  if (player.error && !player.data) return <><PageHead title={p.title}>{back}</PageHead><ProblemCard error={player.error} onRetry={() => void player.refetch()} /></>;
  const finish = (what: string) => { setAct(null); setDone(what); };
  const close = () => setAct(null);
  return (
    <>
      <PageHead title={player.data ? player.data.username ?? p.nameless : p.title}>
        {player.data && <Acts player={player.data} onAct={setAct} />}
        {back}
      </PageHead>
      <Done text={done} target={id} />
      {!player.data ? <Skeleton height={480} /> : (
        <div className="stack">
          <Facts player={player.data} />
          <Rating id={id} />
          <div className="grid">
            <SignInList id={id} onAct={setAct} />
            <Notes id={id} onDone={setDone} />
            <RecentSessions id={id} />
            <Panel title={p.attributes}>
              {Object.keys(player.data.attributes).length === 0 ? <span className="muted">{p.noAttributes}</span>
                : <pre className="code" tabIndex={0}>{JSON.stringify(player.data.attributes, null, 2)}</pre>}
            </Panel>
          </div>
        </div>
      )}
      {act?.kind === 'ban' && <BanPlayer id={id} name={name} onDone={finish} onClose={close} />}
      {act?.kind === 'lift' && <LiftBan id={id} name={name} onDone={finish} onClose={close} />}
      {act?.kind === 'erase' && <ErasePlayer id={id} name={name} onDone={(what) => { setErased(true); finish(what); }} onClose={close} />}
      {act?.kind === 'signOut' && <SignOut id={id} name={name} signIn={act.signIn} onDone={finish} onClose={close} />}
    </>
  );
}

function Acts({ player, onAct }: { player: Player; onAct: (act: Act) => void }) {
  return (
    <>
      {banHolds(player.ban) ? <Button variant="default" onClick={() => onAct({ kind: 'lift' })}>{p.lift}</Button>
        : <Button variant="default" className="danger" onClick={() => onAct({ kind: 'ban' })}>{p.ban}</Button>}
      <Button variant="default" onClick={() => onAct({ kind: 'signOut' })}>{p.endAll}</Button>
      {session()?.role === 'admin' && <Button variant="default" className="danger" onClick={() => onAct({ kind: 'erase' })}>{p.erase}</Button>}
    </>
  );
}

function Facts({ player }: { player: Player }) {
  const zone = useZone();
  const { profile, stats, ban } = player;
  return (
    <div>
      <div className="row about">
        <span className="mono">{player.player_id}</span><CopyButton value={player.player_id} label={p.copyId} />
        <span className="chip">{p.since(dateTime(zone, profile.created_at))}</span>
        <span className="chip">{player.email ?? p.noEmail}</span>
        {banHolds(ban) && <><Status tone="bad">{p.banned(ban.until && dateTime(zone, ban.until))}</Status><span className="muted">{p.bannedFor(ban.reason, dateTime(zone, ban.at))}</span></>}
      </div>
      <div className="tiles facts">
        <Fact name={p.rating} value={count(profile.current_rating)} hint={p.tips.rating} />
        <Fact name={p.games} value={count(profile.games_played)} hint={p.tips.games} foot={`${count(stats.wins)} · ${count(stats.losses)} · ${count(stats.draws)}`} footName={p.record} />
        <Fact name={p.winRate} value={profile.games_played > 0 ? share(stats.win_rate) : t.common.none} hint={p.tips.winRate} />
        <Fact name={p.sessions} value={count(stats.sessions_played)} hint={p.tips.sessions} />
        <Fact name={p.played} value={stats.seconds_played > 0 ? duration(stats.seconds_played * 1000) : p.noTime} hint={p.tips.played} />
      </div>
    </div>
  );
}

function Fact({ name, value, hint, foot, footName }: { name: string; value: string; hint: string; foot?: string; footName?: string }) {
  return (
    <div className="tile">
      <span className="tile-name">{name} <Hint name={name} text={hint} /></span>
      <span className="tile-value">{value}</span>
      <span className="tile-foot">{foot && <span title={footName}><span className="sr">{footName}: </span>{foot}</span>}</span>
    </div>
  );
}
