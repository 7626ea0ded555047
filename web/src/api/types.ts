// The shapes of docs/api/: what the dashboard reads of them.
export type Metric =
  | 'EVENTS' | 'ERRORS' | 'ACTIVE_PLAYERS' | 'PAYERS' | 'NEW_PLAYERS' | 'SESSIONS' | 'SESSION_SECONDS_MEDIAN'
  | 'CONCURRENT_PLAYERS' | 'REVENUE' | 'MATCHES' | 'QUEUE_WAIT_P50' | 'QUEUE_WAIT_P95';
export type Step = 'MINUTE' | 'HOUR' | 'DAY' | 'WEEK' | 'MONTH' | 'YEAR';
export type Dimension = 'EVENT' | 'PLATFORM' | 'COUNTRY' | 'VERSION';

export interface Filter {
  dimension: Dimension;
  in: string[];
}

export interface Overview {
  playersOnline: number;
  eventsPerSecond: number;
  activeToday: number;
  newToday: number;
  sessionsOpen: number;
  matchesToday: number;
  revenueToday: string;
  freshnessMs: number;
}

export interface Point {
  time: string;
  value: number;
  amount?: string | null;
}

export interface Series {
  key: string;
  total: number;
  totalAmount?: string | null;
  points: Point[];
}

export interface SeriesDelta {
  key: string;
  time: string;
  value: number;
}

export interface Cohort {
  date: string;
  size: number;
  retained: (number | null)[];
}

export interface LedgerRow {
  key: string;
  accepted: number;
  stored: number;
  repeated: number;
  dropped: number;
  rejected: number;
}

export interface Ledger {
  pending: number;
  balanced: boolean;
  rows: LedgerRow[];
}

export interface AppSettings {
  timezone?: string;
  currency?: string;
  measures?: string[];
  environment?: string;
  limits?: Record<string, number>;
}

export interface App {
  id: string;
  name: string;
  settings: AppSettings;
  created_at: string;
}

export type KeyKind = 'write' | 'read' | 'server';

export interface ApiKey {
  id: string;
  name: string;
  kind: KeyKind;
  prefix: string;
  created_at: string;
  last_used_at?: string | null;
  revoked_at?: string | null;
  expires_at?: string | null;
}

export interface NewApiKey extends ApiKey {
  key: string;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: string;
  role?: string;
  action: string;
  target?: string;
  app?: string;
  details?: unknown;
  request_id?: string;
}

export interface DeadLetter {
  id: string;
  received_at: string;
  key: string;
  code: string;
  detail: string;
  field?: string | null;
  /** The event's own characters. (`event`, the same as JSON, is not for us: parsing would round its numbers.) */
  event_text: string;
}

export interface PartitionState {
  partition: number;
  head: number | string;
  committed: number | string;
  lag_events: number;
  lag_ms: number;
  epoch: number;
  owner: string;
}

export interface Pipeline {
  partitions: PartitionState[];
  freshness_ms: number;
  events_per_second: number;
  dead_letters: number;
}

export interface ServerInfo {
  version: string;
  mode: string;
  simulated: boolean;
  partitions: number;
  started_at: string;
}
