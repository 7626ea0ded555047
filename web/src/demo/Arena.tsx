import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useNow } from '../state/now';
import { hands, type Hand } from './game';
import { HandIcon } from './HandIcon';
import type { Play, Player, View } from './play';
import { d, handKeys, handNames, verdict } from './text';

/** The two players, what happened, and what to do. Every place keeps its size whatever is in it. */
export function Arena({ view, play }: { view: View; play: Play }) {
  const { game, odds } = view;
  const shown = shownHands(view);
  return (
    <section className="panel arena" aria-label={d.heading}>
      <div className="sides">
        <Side title={d.you} player={view.me} hand={shown.mine} wins={game?.mine.wins ?? 0} of={game?.bestOf ?? 3} note="" won={shown.winner === 'mine'} />
        <div className="score num" aria-hidden="true">{game ? `${game.mine.wins}–${game.theirs.wins}` : '–'}</div>
        <Side title={d.opponent} player={view.opponent} hand={shown.theirs} wins={game?.theirs.wins ?? 0} of={game?.bestOf ?? 3}
          note={view.phase === 'playing' && game ? (game.theirs.chosen ? d.chosen : d.thinking) : ''} won={shown.winner === 'theirs'} />
      </div>
      <p className="verdict" role="status" data-phase={view.phase}>{verdict(view)}</p>
      <div className="odds num">{odds && (view.phase === 'playing' || view.phase === 'over')
        ? <><span className="chip">{d.even(odds.quality)}</span><span className="chip accent">{d.chance(odds.chance)}</span></>
        : view.phase === 'searching' ? <Waited since={view.searchingSince} /> : null}</div>
      <div className="hands" role="group" aria-label={d.heading}>
        {hands.map((hand) => <Choice key={hand} hand={hand} view={view} play={play} />)}
      </div>
      <Action view={view} play={play} />
    </section>
  );
}

/** While this player chooses, the round before is still on the table. */
function shownHands({ game, myHand, phase }: View): { mine: Hand | 'hidden' | 'none'; theirs: Hand | 'hidden' | 'none'; winner: 'mine' | 'theirs' | null } {
  if (!game) return { mine: 'none', theirs: 'none', winner: null };
  if (phase === 'playing' && (myHand || game.mine.chosen)) return { mine: myHand ?? 'hidden', theirs: game.theirs.chosen ? 'hidden' : 'none', winner: null };
  if (!game.last) return { mine: 'none', theirs: game.theirs.chosen ? 'hidden' : 'none', winner: null };
  return { mine: game.last.mine, theirs: game.last.theirs, winner: game.last.outcome === 'won' ? 'mine' : game.last.outcome === 'lost' ? 'theirs' : null };
}

interface SideProps {
  title: string;
  player: Player | null;
  hand: Hand | 'hidden' | 'none';
  wins: number;
  of: number;
  note: string;
  won: boolean;
}

function Side({ title, player, hand, wins, of, note, won }: SideProps) {
  const needed = Math.ceil(of / 2);
  return (
    <div className="side">
      <span className="muted">{title}{player?.rating != null ? <span className="num"> · {player.rating}</span> : null}</span>
      <strong className="name">{player?.name ?? (title === d.you ? '\u00a0' : d.nobody)}</strong>
      <div className={`table-hand${won ? ' won' : ''}`} key={hand} data-hand={hand}>
        <HandIcon hand={hand} size={72} />
        <span className="sr">{hand === 'hidden' ? d.hidden : hand === 'none' ? d.noHand : handNames[hand]}</span>
      </div>
      <span className="pips" aria-hidden="true">{Array.from({ length: needed }, (_, i) => <i key={i} className={i < wins ? 'on' : ''} />)}</span>
      <span className="note muted">{note || '\u00a0'}</span>
    </div>
  );
}

/** Never disabled, so that the keyboard's place is not lost: what cannot be chosen now says so. */
function Choice({ hand, view, play }: { hand: Hand; view: View; play: Play }) {
  const may = view.phase === 'playing' && !view.myHand && view.game?.mine.chosen === false;
  return (
    <button type="button" className="choice" aria-disabled={!may} aria-pressed={view.myHand === hand} aria-keyshortcuts={handKeys[hand]} onClick={() => void play.choose(hand)}>
      <HandIcon hand={hand} size={36} />
      <span>{handNames[hand]}</span>
      <span className="kbd" aria-hidden="true">{handKeys[hand]}</span>
    </button>
  );
}

/** One button for all phases: it stays where it is, and so does the focus. */
function Action({ view, play }: { view: View; play: Play }) {
  const now = useNow(1000);
  const { phase, game } = view;
  const mayClaim = phase === 'playing' && game?.claimAt != null && game.mine.chosen && now >= game.claimAt;
  const [sure, setSure] = useState(false); // giving up takes two presses: the button has just had another meaning
  useEffect(() => setSure(false), [phase, game?.round]);
  const act = () => {
    if (view.busy) return undefined;
    if (phase === 'starting') return play.start();
    if (phase === 'searching') return play.leave();
    if (phase === 'playing') return mayClaim ? play.claim() : sure ? play.resign() : setSure(true);
    return play.join();
  };
  const label = phase === 'starting' && view.problem ? d.actions.retry : mayClaim ? d.actions.claim : phase === 'playing' && sure ? d.actions.sure : d.actions[phase];
  const isMain = phase === 'ready' || phase === 'over' || mayClaim;
  return (
    <div className="action">
      <Button size="md" variant={isMain ? 'filled' : 'default'} aria-busy={view.busy} autoFocus onClick={() => void act()}>{label}</Button>
      <a className="second" href="/demo" target="_blank" rel="noopener">{d.second}</a>
    </div>
  );
}

function Waited({ since }: { since: number | null }) {
  const now = useNow(1000);
  return <span className="muted" aria-hidden="true">{since === null ? '' : d.waited(Math.max(0, Math.round((now - since) / 1000)))}</span>;
}
