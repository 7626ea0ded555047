import type { SessionState } from "./api_types.js";

/** What the server says about a topic by itself, by type. */
export interface Pushes {
  /** Topic `queue`: a match was made of this player's ticket. */
  match_found: MatchFound;
  /** Topic `queue`: how the ticket stands. */
  queue_update: QueueUpdate;
  /** Topic `session:{id}`; of two that overtake each other the greater `version` is the newer. */
  session_state: SessionNews;
  /** Topic `ratings`: a result was applied. */
  rating_changed: RatingChanged;
  /** Topic `notifications`. */
  notification: NotificationNews;
  /** Topic `leaderboard:{id}`. */
  leaderboard_update: BoardUpdate;
}

export interface MatchFound {
  match_id: string;
  session_id: string;
  queue: string;
  ticket_id: string;
  /** By ids of players. */
  teams: Array<{ players: string[] }>;
  /** 0 to 1: how even the teams are. */
  quality: number;
  /** The first team's chance, 0 to 1. */
  predicted_win: number;
}

export interface QueueUpdate {
  ticket_id: string;
  queue: string;
  status: "searching" | "matched" | "expired" | "left";
  /** While it searches, from 1. */
  position?: number;
  waited_seconds?: number;
  estimated_wait_seconds?: number;
  estimate_error_seconds?: number;
}

export type SessionNews = Pick<SessionState, "session_id" | "status" | "players" | "state" | "version" | "updated_at">;

export interface RatingChanged {
  match_id: string;
  queue: string;
  before: number;
  after: number;
  change: number;
  deviation: number;
}

export interface BoardUpdate {
  board: string;
  season: string | null;
  total: number;
  changes: Array<{ player_id: string; rank: number; score: number }>;
  /** How many changes more there were than are told. */
  more: number;
}

export interface NotificationNews {
  id: string;
  type: string;
  title: string;
  body: string;
  data: Record<string, unknown>;
  created_at: string;
  read_at: string | null;
  /** How many are unread now. */
  unread: number;
}

/** Where a push came from. */
export interface Origin {
  topic: string;
  /** The message's place in its topic, opaque. */
  seq: string;
}

/** Any message of the server's. */
export interface Frame {
  type: string;
  id?: string;
  topic?: string;
  seq?: string;
  data?: Record<string, unknown>;
}

export function frameOf(text: unknown): Frame | null {
  try {
    const frame = JSON.parse(String(text)) as Frame | null;
    return typeof frame?.type === "string" ? frame : null;
  } catch {
    return null;
  }
}
