import { Pace } from "../pace.js";
import { mayBeOnline, unref } from "../small.js";
import type { Account } from "./account.js";
import { Connection, type ConnectionOptions } from "./connection.js";
import type { Frame, Origin, Pushes } from "./messages.js";
import { Problem } from "./problem.js";
import { Topics } from "./topics.js";

/** `idle`: nothing is listened to. `waiting`: the connection broke, the next attempt comes by itself. */
export type RealtimeStatus = "idle" | "connecting" | "open" | "waiting" | "signed_out" | "closed";

export interface RealtimeOptions extends Partial<ConnectionOptions> {
  /** First and longest wait before another attempt. */
  backoffMs?: number;
  maxBackoffMs?: number;
}

export interface Subscription {
  /** Resolves once the server has begun; rejects with a Problem when it will not. */
  readonly ready: Promise<void>;
  end(): void;
}

type Listener = (data: never, origin: Origin) => void;

const badToken = 4401, tooManySockets = 4429; // closing codes
const renewAgainMs = 5000; // it was due, and could not be had

/**
 * What happens, as it happens. One socket for all topics, opened with the first and kept: it comes back by itself, goes on
 * where each topic stood, and says so when something is missing. Tokens are renewed while it is open.
 */
export class Realtime {
  readonly #account: Account;
  readonly #options: ConnectionOptions;
  readonly #pace: Pace;
  readonly #topics: Topics;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #statusListeners = new Set<(status: RealtimeStatus) => void>();
  readonly #stop = new AbortController();
  readonly #unwatch: () => void;
  #connection: Connection | null = null;
  #status: RealtimeStatus = "idle";
  #player: string | null;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewTimer: ReturnType<typeof setTimeout> | undefined;
  /** The server did not take it. */
  #refusedToken: string | null = null;

  constructor(account: Account, base: string, options: RealtimeOptions = {}) {
    this.#account = account;
    this.#options = {
      url: options.url ?? `${base.replace(/^http/, "ws")}/ws`, WebSocket: options.WebSocket ?? globalThis.WebSocket,
      pingAfterMs: options.pingAfterMs ?? 20_000, answerWithinMs: options.answerWithinMs ?? 10_000,
    };
    this.#pace = new Pace(options.backoffMs ?? 500, options.maxBackoffMs ?? 30_000);
    this.#topics = new Topics((frame) => this.#connection?.isReady && this.#connection.send(frame));
    this.#player = account.current?.player_id ?? null;
    this.#unwatch = account.onChange((who) => this.#accountChanged(who?.player_id ?? null));
    this.#followPage();
  }

  get status(): RealtimeStatus {
    return this.#status;
  }

  onStatus(listener: (status: RealtimeStatus) => void): () => void {
    this.#statusListeners.add(listener);
    return () => void this.#statusListeners.delete(listener);
  }

  /** Calls `listener` with every message of that type on the topics that are subscribed to. */
  on<T extends keyof Pushes>(type: T, listener: (data: Pushes[T], origin: Origin) => void): () => void {
    const all = this.#listeners.get(type) ?? new Set<Listener>();
    this.#listeners.set(type, all.add(listener as Listener));
    return () => void all.delete(listener as Listener);
  }

  /**
   * Listens to `queue`, `ratings`, `notifications`, `session:{id}` or `leaderboard:{id}`. `read` is called when it has begun
   * and after every gap: read there by a call what the messages tell the changes of.
   */
  subscribe(topic: string, read?: () => void): Subscription {
    if (!this.#options.WebSocket) throw new TypeError("there is no WebSocket here: hand one in");
    const subscription = this.#topics.add(topic, read);
    if (this.#status === "idle") this.#connect();
    return subscription;
  }

  close(): void {
    this.#stop.abort();
    this.#unwatch();
    this.#disconnect("closed");
  }

  #connect(): void {
    clearTimeout(this.#timer);
    if (this.#connection || this.#status === "closed") return;
    const attempt = ++this.#attempt;
    this.#become("connecting");
    void this.#open(attempt).catch((error: unknown) => {
      const passing = error instanceof Problem && error.isPassing;
      if (this.#isOn(attempt)) this.#failed(passing ? error.retryAfterMs : 0, !passing);
    });
  }

  async #open(attempt: number): Promise<void> {
    const refused = this.#refusedToken;
    const token = await (refused ? this.#account.renew(refused) : this.#account.token()).catch((error: unknown) => {
      if (this.#account.current === null) return null;
      throw error;
    });
    if (!this.#isOn(attempt)) return;
    if (token === null) return this.#become("signed_out");
    this.#refusedToken = null;
    const connection: Connection = new Connection(token, this.#options, {
      authenticated: () => this.#opened(),
      heard: (frame) => this.#heard(frame),
      ended: (code) => this.#connection === connection && this.#ended(code),
    });
    this.#connection = connection;
  }

  /** Not when somebody else has signed in meanwhile, or it was closed. */
  #isOn(attempt: number): boolean {
    return attempt === this.#attempt && this.#status === "connecting" && !this.#connection;
  }

  #opened(): void {
    this.#pace.succeeded();
    this.#topics.begin();
    this.#renewInTime();
    this.#become("open");
  }

  #ended(code: number): void {
    if (code === badToken) this.#refusedToken = this.#connection?.token ?? null;
    this.#connection = null;
    clearTimeout(this.#renewTimer);
    this.#failed(0, code === tooManySockets);
  }

  #failed(afterMs: number, slow: boolean): void {
    this.#pace.failed(afterMs, slow);
    if (!mayBeOnline()) this.#pace.offline();
    this.#become("waiting");
    this.#timer = setTimeout(() => this.#connect(), Math.max(this.#pace.nextAt - Date.now(), 0));
  }

  #disconnect(next: RealtimeStatus): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#renewTimer);
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
    this.#become(next);
  }

  #heard(frame: Frame): void {
    if (frame.type === "token_expiring" && this.#connection) void this.#account.renew(this.#connection.token).catch(() => undefined);
    else if (!this.#topics.heard(frame) && frame.topic !== undefined && frame.seq !== undefined) this.#tell(frame, { topic: frame.topic, seq: frame.seq });
  }

  #tell(frame: Frame, origin: Origin): void {
    for (const listener of [...(this.#listeners.get(frame.type) ?? [])]) listener((frame.data ?? {}) as never, origin);
  }

  /** A renewal, wherever it was asked for, comes by accountChanged. */
  #renewInTime(): void {
    clearTimeout(this.#renewTimer);
    const at = this.#account.refreshAt;
    if (at === null) return;
    const wait = at - Date.now();
    const renew = (): Promise<void> => this.#account.token().catch(() => undefined).then(() => void (this.#connection?.isReady && this.#renewInTime()));
    this.#renewTimer = setTimeout(() => void renew(), wait > 0 ? wait + 50 : renewAgainMs);
    unref(this.#renewTimer);
  }

  #accountChanged(player: string | null): void {
    if (this.#status === "closed") return;
    const same = player === this.#player;
    this.#player = player;
    if (!same) this.#topics.forget();
    if (player === null) return this.#disconnect(this.#status === "idle" ? "idle" : "signed_out");
    if (!same && this.#status !== "idle") {
      this.#disconnect("idle"); // topics belong to a player: a new conversation
      return this.#connect();
    }
    if (this.#status === "signed_out") return this.#connect();
    if (!this.#connection?.isReady) return;
    const connection = this.#connection;
    void this.#account.token().then((token) => {
      if (token !== connection.token) connection.authenticate(token);
      this.#renewInTime();
    }, () => undefined);
  }

  #become(status: RealtimeStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    for (const listener of [...this.#statusListeners]) listener(status);
  }

  /** In Node nothing of this is ever heard. */
  #followPage(): void {
    if (typeof globalThis.addEventListener !== "function" || typeof document === "undefined") return;
    const { signal } = this.#stop;
    const back = (): void => {
      this.#connection?.ask();
      if (this.#status !== "waiting") return;
      this.#pace.online();
      this.#connect();
    };
    addEventListener("online", back, { signal });
    addEventListener("pageshow", back, { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && back(), { signal });
  }
}
