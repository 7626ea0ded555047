/** JSON as it travels in `properties`. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };
export type Properties = { readonly [key: string]: Json | undefined };

/** Built-in names whose properties the server checks. */
export type BuiltInEvents = {
  session_start: { platform?: string; country?: string; version?: string } & Properties;
  session_end: Properties;
  /** amount: at least 0, at most 6 decimals; currency: ISO 4217. */
  purchase: { amount: number; currency: string; item_id?: string } & Properties;
  economy: {
    flow: "source" | "sink"; currency: string; amount: number;
    item_type?: string; item_id?: string; balance?: number;
  } & Properties;
  progression: { status: "start" | "complete" | "fail"; level: string | number; attempt?: number; score?: number } & Properties;
  error: { severity: "debug" | "info" | "warning" | "error" | "critical"; message: string } & Properties;
  match_played: { match_id: string; opponent?: string; team?: string | number; rank?: number; score?: number } & Properties;
};
export type SessionProperties = BuiltInEvents["session_start"];

/** An event as it is stored and sent. */
export interface WireEvent {
  name: string;
  player_id: string;
  session_id: string;
  seq: number;
  /** Milliseconds since 1970, the device's clock at `track`. */
  time: number | string;
  properties?: Properties;
}

export interface Rejection {
  /** The event; without session and number when it never entered the queue. */
  event: Partial<WireEvent> & { name: string };
  code: string;
  detail: string;
  field?: string;
  /** What would have been right, in the server's words. */
  limit?: string;
  /** HTTP status that condemned it; 200 = a line of the answer's `rejected`; 0 = found here, never sent. */
  status: number;
}

export interface Drop {
  reason: "queue_full" | "closed";
  count: number;
  /** Dropped by this client so far. */
  total: number;
  events: WireEvent[];
}

export type MaybePromise<T> = T | Promise<T>;

/**
 * Where events wait. Keys are `scope/instance/rest`. `write` is atomic and durable when it returns or resolves:
 * nothing is sent before that.
 */
export interface EventStorage {
  /** All entries whose key starts with `prefix`, in order of key. */
  entries(prefix: string): MaybePromise<Array<[key: string, value: string]>>;
  write(puts: ReadonlyArray<readonly [key: string, value: string]>, removes: readonly string[]): MaybePromise<void>;
  /** Takes a name until released or until the owner dies; null when a living owner has it. */
  lock?(name: string, waitMs: number): MaybePromise<(() => void) | null>;
  /** Remembers this tab's instance over a reload. */
  remember?(scope: string, instance?: string): string | null;
  close?(): MaybePromise<void>;
}

export interface EventClientOptions {
  /** Address of the server, `https://host`; `/api/v1/events` is added unless it is there. */
  endpoint: string;
  /** A write key (a server key in a game server). */
  key: string;
  playerId: string;
  /** Default: IndexedDB, else localStorage, else memory. In Node: memory; `fileStorage(dir)` from `@gamekeeper/client/node`. */
  storage?: EventStorage;
  flushIntervalMs?: number;
  maxBatch?: number;
  maxQueue?: number;
  /** gzip bodies over 1 KiB where the platform has CompressionStream. */
  compress?: boolean;
  requestTimeoutMs?: number;
  /** First and longest wait of the exponential backoff (full jitter). */
  backoffMs?: number;
  maxBackoffMs?: number;
  /** A session not used for this long is not continued. Default 30 minutes, like the server's. */
  sessionIdleMs?: number;
  /** Separates stored events; default: endpoint and key. Set it to keep waiting events over a change of key. */
  scope?: string;
  /** Fixed name of this instance, so that a restart of a Node process continues its session. */
  instance?: string;
  onRejected?: (rejection: Rejection) => void;
  onDropped?: (drop: Drop) => void;
  /** Failed attempts and storage trouble; the events are kept. */
  onError?: (error: Error) => void;
  fetch?: typeof fetch;
}

export interface FlushResult {
  /** False when events still wait (offline, backoff). */
  drained: boolean;
  pending: number;
}

export interface ClientStats {
  pending: number;
  accepted: number;
  rejected: number;
  dropped: number;
  requests: number;
  retries: number;
  /** Events taken over from dead tabs or processes. */
  adopted: number;
}

type PropertiesOf<E, N> = N extends keyof E ? E[N] : Properties;
type Arguments<P, O> = {} extends P ? [properties?: P, options?: O] : [properties: P, options?: O];

export interface TrackOptions {
  time?: Date | number | string;
}

export interface EventClient<Events extends object = {}> {
  track<N extends string>(name: N, ...rest: Arguments<PropertiesOf<BuiltInEvents & Events, N>, TrackOptions>): void;
  /**
   * Ends the open session and starts a new one. The first call after a reload continues the tab's session instead
   * when the properties are the same and it is not idle.
   */
  startSession(properties?: SessionProperties): void;
  endSession(properties?: Properties): void;
  /** Another player: a new session, for events are numbered per player and session. */
  setPlayer(playerId: string): void;
  /** Tries now; resolves when all is acknowledged or an attempt failed (it is then retried by itself). */
  flush(): Promise<FlushResult>;
  /** Flushes for at most `timeoutMs` (5 000), then stops. What is left waits in the storage. */
  close(timeoutMs?: number): Promise<FlushResult>;
  /** Resolves when stored events are loaded; `track` may be called before. */
  readonly ready: Promise<void>;
  readonly sessionId: string | null;
  readonly playerId: string;
  readonly stats: ClientStats;
}
