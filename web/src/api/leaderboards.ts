import { call, query, type Page } from './http';

export interface Leaderboard {
  id: string;
  order: 'high_first' | 'low_first';
  operator: 'best' | 'last' | 'sum';
  ranking: 'competition' | 'dense' | 'ordinal';
  season: { every: string | number; timezone: string } | null;
  limits: { min: number; max: number };
  client_writes: boolean;
  created_at: string | null;
  /** This is the ranking of that queue. */
  queue: string | null;
}

export interface LeaderboardSeason {
  season: string;
  starts_at: string;
  ends_at: string;
  status: 'under_way' | 'ended';
  players?: number;
}

export interface BoardRow {
  rank: number;
  player_id: string;
  username?: string;
  score: number;
  reached_at: string;
}

export interface Ranking extends Page<BoardRow> {
  total: number;
  season: string | null;
}

export interface Standing extends BoardRow {
  percentile: number;
  total: number;
  items: BoardRow[];
}

const boards = '/api/v1/leaderboards';
const part = encodeURIComponent;

export async function fetchLeaderboards(app: string, signal?: AbortSignal): Promise<Leaderboard[]> {
  return (await call<Page<Leaderboard>>(`${boards}${query({ limit: 1000 })}`, { app, signal })).items;
}

export async function fetchSeasons(app: string, board: string, signal?: AbortSignal): Promise<LeaderboardSeason[]> {
  return (await call<Page<LeaderboardSeason>>(`${boards}/${part(board)}/seasons${query({ limit: 100 })}`, { app, signal })).items;
}

export const fetchRanking = (app: string, board: string, season: string | undefined, cursor: string | undefined, signal?: AbortSignal) =>
  call<Ranking>(`${boards}/${part(board)}${query({ limit: 50, season, cursor })}`, { app, signal });

export const fetchStanding = (app: string, board: string, season: string | undefined, player: string, signal?: AbortSignal) =>
  call<Standing>(`${boards}/${part(board)}/players/${part(player)}${query({ around: 10, season })}`, { app, signal });
