// What the page asks of the server, in the page's words.
import { Problem, type MatchFound, type PlayerClient } from '@gamekeeper/client/player';
import type { Hand } from './game';

export const queue = 'rps';
export const board = `queue:${queue}`;

export interface Rating {
  rating: number;
  rank: number | null;
  gamesPlayed: number;
}

/** Some rows of the ranking, and how many it has. */
export interface Place {
  rows: Array<{ rank: number; player_id: string; username?: string; score: number }>;
  total: number;
}

export type FoundMatch = Pick<MatchFound, 'session_id' | 'teams' | 'quality' | 'predicted_win'>;
export type Ticket = { status: 'searching'; since: number } | { status: 'matched'; match: FoundMatch } | null;
export type Server = ReturnType<typeof serverOf>;

const neighbours = 3;

export function serverOf({ api }: PlayerClient) {
  return {
    rules: () => api.getRpsRules(),
    join: async () => void (await api.joinQueue({ queue })),
    leave: async () => void (await orNull(api.leaveQueue(), 'not_queued', 'already_matched')),
    async ticket(): Promise<Ticket> {
      const ticket = await orNull(api.getQueueStatus(), 'not_queued');
      if (ticket?.status === 'matched' && ticket.match) return { status: 'matched', match: ticket.match };
      return ticket?.status === 'searching' ? { status: 'searching', since: Date.now() - ticket.waited_seconds * 1000 } : null;
    },
    choose: (id: string, round: number, hand: Hand) => api.chooseRpsHand({ id, round, hand }),
    resign: (id: string) => api.resignRpsMatch({ id }),
    claim: (id: string) => api.claimRpsMatch({ id }),
    async rating(id: string): Promise<Rating> {
      const { rating, rank, games_played } = await api.getRating({ id, queue, limit: 1 });
      return { rating, rank, gamesPlayed: games_played };
    },
    /** Around the player, or the first ones while they have no place; nobody before the first result. */
    async place(player: string, isRanked: boolean): Promise<Place> {
      const around = isRanked && (await orNull(api.getStanding({ id: board, player, around: neighbours }), 'not_found', 'not_on_board'));
      if (around) return { rows: around.items ?? [], total: around.total };
      const first = await orNull(api.getLeaderboard({ id: board, limit: 2 * neighbours + 1 }), 'not_found');
      return { rows: first?.items ?? [], total: first?.total ?? 0 };
    },
  };
}

/** null instead of the refusals that are answers here. */
async function orNull<T>(call: Promise<T>, ...codes: string[]): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Problem && codes.includes(error.code)) return null;
    throw error;
  }
}
