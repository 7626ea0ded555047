// What the page asks of the server, in the page's words.
import type { MatchFound, PlayerClient, SessionState } from '@gamekeeper/client/player';
import type { Hand } from './game';

export const queue = 'rps';
export const board = `queue:${queue}`;

export interface Rating {
  rating: number;
  rank: number | null;
  gamesPlayed: number;
}

export interface Row {
  rank: number;
  player_id: string;
  username?: string | null;
  score: number;
}

export interface Place {
  rows: Row[];
  total: number;
}

export type Ticket = { status: 'searching'; since: number; estimateSeconds: number | null } | { status: 'matched'; match: MatchFound } | null;

export type Server = ReturnType<typeof serverOf>;

export function serverOf(client: PlayerClient) {
  // eslint-disable-next-line
  const api = client.api as any;
  return {
    rules: (): Promise<unknown> => api.getDemoRules(),
    join: async (): Promise<number | null> => (await api.joinQueue({ queue })).estimated_wait_seconds,
    leave: (): Promise<void> => api.leaveQueue(),
    ticket: async (): Promise<Ticket> => null,
    move: (id: string, round: number, hand: Hand): Promise<SessionState> => api.move({ id, round, hand }),
    resign: (id: string): Promise<SessionState> => api.resign({ id }),
    claim: (id: string): Promise<SessionState> => api.claim({ id }),
    rating: (id: string): Promise<Rating> => api.getRating({ id }),
    around: (id: string): Promise<Place> => api.around({ id }),
  };
}
