import type { Session } from "./api_types.js";

/** What the server says about a topic by itself, by type. */
export interface Pushes {
  /** Topic `queue`: a match was made of this player's ticket. */
  match_found: MatchFound;
  /** Topic `queue`: where the ticket stands. */
  queue_update: Record<string, unknown>;
  /** Topic `session:{id}`. */
  session_state: Omit<Session, "history"> & Partial<Pick<Session, "history">>;
  /** Topic `ratings`: a result was applied. */
  rating_changed: RatingChanged;
  /** Topic `notifications`. */
  notification: Record<string, unknown>;
  /** Topic `leaderboard:{id}`. */
  leaderboard_update: Record<string, unknown>;
}

export interface MatchFound {
  match_id: string;
  session_id: string;
  teams: unknown;
  /** 0 to 1: how even the teams are. */
  quality: number;
  [more: string]: unknown;
}

export interface RatingChanged {
  before: number;
  after: number;
  change: number;
  [more: string]: unknown;
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
