// The game as the server keeps it in the session's state, and as one of its two players sees it. No network, no clock.
import type { SessionNews } from '@gamekeeper/client/player';

export type Hand = 'rock' | 'paper' | 'scissors';
export const hands: readonly Hand[] = ['rock', 'paper', 'scissors'];
type Seat = 0 | 1;

/** The session's `state`; seats are in the order of the session's players. */
interface State {
  round: number;
  best_of: number;
  wins: [number, number];
  chosen: [boolean, boolean];
  rounds: Array<{ hands: [Hand, Hand]; winner: Seat | null }>;
  winner: Seat | null;
  ended: 'played' | 'resigned' | 'away' | null;
  /** From when whoever has chosen may take the win; null while both or none have. */
  claim_at: string | null;
}

export type Outcome = 'won' | 'lost' | 'drawn';

export interface Game {
  round: number;
  bestOf: number;
  mine: { wins: number; chosen: boolean };
  theirs: { wins: number; chosen: boolean };
  /** The round before this one. */
  last: { mine: Hand; theirs: Hand; outcome: Outcome } | null;
  /** null: not over; `drawn`: over without a winner. */
  outcome: Outcome | null;
  ended: State['ended'];
  claimAt: number | null;
}

const before = (state: Partial<State>): State => ({
  round: 1, best_of: 3, wins: [0, 0], chosen: [false, false], rounds: [], winner: null, ended: null, claim_at: null, ...state,
});

/** `session` is one of this game's, `me` one of its players. */
export function gameOf(session: Pick<SessionNews, 'status' | 'players' | 'state'>, me: string): Game {
  const state = before(session.state as Partial<State>);
  const seat: Seat = session.players[0]?.player_id === me ? 0 : 1;
  const other: Seat = seat === 0 ? 1 : 0;
  const outcomeOf = (winner: Seat | null): Outcome => (winner === null ? 'drawn' : winner === seat ? 'won' : 'lost');
  const last = state.rounds.at(-1);
  const isOver = state.winner !== null || ['completed', 'abandoned', 'cancelled'].includes(session.status);
  return {
    round: state.round,
    bestOf: state.best_of,
    mine: { wins: state.wins[seat], chosen: state.chosen[seat] },
    theirs: { wins: state.wins[other], chosen: state.chosen[other] },
    last: last ? { mine: last.hands[seat], theirs: last.hands[other], outcome: outcomeOf(last.winner) } : null,
    outcome: isOver ? outcomeOf(state.winner) : null,
    ended: state.ended,
    claimAt: state.claim_at === null ? null : Date.parse(state.claim_at),
  };
}
