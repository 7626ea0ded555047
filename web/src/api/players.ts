import { call, query, type Page } from './http';

export interface Ban {
  reason: string;
  at: string;
  until: string | null;
}

export interface Player {
  player_id: string;
  username: string | null;
  email: string | null;
  profile: { created_at: string; games_played: number; current_rating: number };
  stats: { wins: number; losses: number; draws: number; win_rate: number; sessions_played: number; seconds_played: number };
  attributes: Record<string, unknown>;
  ban: Ban | null;
}

/** How a player stands in one queue. */
export interface QueueRating {
  queue: string;
  rating: number;
  deviation: number;
  games_played: number;
  wins: number;
  losses: number;
  draws: number;
  last_match_at: string;
}

export interface RatingStep {
  timestamp: string;
  match_id: string;
  applied: number;
  rating: number;
  change: number;
}

export interface RatingHistory {
  rank: number | null;
  percentile: number | null;
  history: RatingStep[];
  next_cursor: string | null;
}

export interface MatchTeam {
  rank: number;
  score: number | null;
  players: { player_id: string; score: number | null }[];
}

export interface Match {
  match_id: string;
  queue: string;
  status: string;
  session_id: string | null;
  time: string;
  teams: MatchTeam[];
}

export interface SignIn {
  sign_in_id: string;
  since: string;
  refreshed_at: string;
  expires_at: string;
}

export interface SignIns extends Page<SignIn> {
  has_password: boolean;
  devices: number;
}

export interface PlayerNote {
  note_id: string;
  at: string;
  by: string;
  text: string;
}

const players = '/api/v1/players';
const part = encodeURIComponent;
const of = (id: string) => `${players}/${part(id)}`;

/** Newest first; with a text the player of that id, and those whose names begin with it. */
export const fetchPlayers = (app: string, search: string, limit: number, cursor?: string, signal?: AbortSignal) =>
  call<Page<Player>>(`${players}${query({ limit, search, cursor })}`, { app, signal });

export const fetchPlayer = (app: string, id: string, signal?: AbortSignal) => call<Player>(of(id), { app, signal });

export async function fetchRatings(app: string, id: string, signal?: AbortSignal): Promise<QueueRating[]> {
  return (await call<Page<QueueRating>>(`${of(id)}/ratings${query({ limit: 1000 })}`, { app, signal })).items;
}

export const fetchRatingHistory = (app: string, id: string, queue: string, limit: number, signal?: AbortSignal) =>
  call<RatingHistory>(`${of(id)}/rating${query({ queue, limit })}`, { app, signal });

export const fetchMatch = (app: string, id: string, signal?: AbortSignal) => call<Match>(`/api/v1/matches/${part(id)}`, { app, signal });

export const fetchSignIns = (app: string, id: string, cursor?: string, signal?: AbortSignal) =>
  call<SignIns>(`${of(id)}/sign-ins${query({ limit: 50, cursor })}`, { app, signal });

/** One sign-in, or all that there are. */
export const endSignIns = (app: string, id: string, signIn?: string) =>
  call<void>(`${of(id)}/sign-ins${signIn ? `/${part(signIn)}` : ''}`, { method: 'DELETE', app });

/** `until` null: for good. */
export const banPlayer = (app: string, id: string, reason: string, until: string | null) =>
  call<Player>(`${of(id)}/ban`, { method: 'POST', app, body: until ? { reason, until } : { reason } });

export const unbanPlayer = (app: string, id: string) => call<Player>(`${of(id)}/ban`, { method: 'DELETE', app });

/** For good: there is no way back. */
export const erasePlayer = (app: string, id: string) => call<void>(of(id), { method: 'DELETE', app });

export const fetchNotes = (app: string, id: string, cursor?: string, signal?: AbortSignal) =>
  call<Page<PlayerNote>>(`${of(id)}/notes${query({ limit: 50, cursor })}`, { app, signal });

export const writeNote = (app: string, id: string, text: string) => call<PlayerNote>(`${of(id)}/notes`, { method: 'POST', app, body: { text } });

export const removeNote = (app: string, id: string, note: string) => call<void>(`${of(id)}/notes/${part(note)}`, { method: 'DELETE', app });
