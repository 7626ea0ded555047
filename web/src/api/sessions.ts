import { call, query, type Page } from './http';

export const sessionStatuses = ['waiting', 'active', 'paused', 'completed', 'abandoned', 'cancelled'] as const;
export type SessionStatus = (typeof sessionStatuses)[number];
export const isOver = (status: SessionStatus) => status === 'completed' || status === 'abandoned' || status === 'cancelled';

export interface SessionEvent {
  timestamp: string;
  event: string;
  details: Record<string, unknown>;
}

export interface GameSession {
  session_id: string;
  status: SessionStatus;
  players: { player_id: string; rating: number; team?: number }[];
  state: Record<string, unknown>;
  version: number;
  created_at: string;
  updated_at: string;
  mode: string | null;
  match_id: string | null;
  attributes: Record<string, unknown>;
  history: SessionEvent[];
}

/** As one of many. */
export type SessionRow = Omit<GameSession, 'state' | 'history'>;

const sessions = '/api/v1/sessions';
const of = (id: string) => `${sessions}/${encodeURIComponent(id)}`;

export interface SessionsAsked {
  status?: SessionStatus | undefined;
  player?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

export const fetchSessions = (app: string, asked: SessionsAsked, signal?: AbortSignal) =>
  call<Page<SessionRow>>(`${sessions}${query({ ...asked })}`, { app, signal });

export const fetchSession = (app: string, id: string, signal?: AbortSignal) => call<GameSession>(of(id), { app, signal });

/** As a game server would say it: the game came to its end. */
export const completeSession = (app: string, id: string) =>
  call<GameSession>(of(id), { method: 'PUT', app, body: { status: 'completed', event: 'ended_by_admin' } });

/** What waits is cancelled, what is played abandoned. */
export const abandonSession = (app: string, id: string) => call<GameSession>(of(id), { method: 'DELETE', app });
