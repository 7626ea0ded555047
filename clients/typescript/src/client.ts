import { Backlog } from "./backlog.js";
import { checkEvent, checkPlayer, isRefusal, type Checked } from "./check.js";
import { bytesOf, type Entry } from "./journal.js";
import { Numbering, type Session } from "./numbering.js";
import { Pace } from "./pace.js";
import { followPage } from "./page.js";
import { Poster } from "./post.js";
import { Report } from "./report.js";
import { Sender } from "./sender.js";
import { hash, positive, unref } from "./small.js";
import { defaultStorage } from "./storage.js";
import type { ClientStats, EventClient, EventClientOptions, FlushResult, Properties, SessionProperties, TrackOptions, WireEvent } from "./types.js";

const adoptEveryMs = 60_000;

export function createEventClient<Events extends object = {}>(options: EventClientOptions): EventClient<Events> {
  return new Client(options) as unknown as EventClient<Events>;
}

/** Puts the parts together: an event is checked, numbered, kept, sent, and forgotten when it is answered for. */
class Client {
  readonly ready: Promise<void>;
  readonly #report: Report;
  readonly #numbering: Numbering;
  readonly #backlog: Backlog;
  readonly #pace: Pace;
  readonly #sender: Sender;
  readonly #ownsStorage: boolean;
  readonly #earlyMax: number;
  /** What was asked for before the stored events were read. */
  #early: Array<{ run: () => void; event: boolean }> = [];
  #player: string;
  #loaded = false;
  #closed = false;
  #unfollow: () => void = () => undefined;
  #adoptTimer: ReturnType<typeof setInterval> | null = null;

  constructor(options: EventClientOptions) {
    if (!options.key) throw new TypeError("key is missing");
    const base = options.endpoint.replace(/\/+$/, "");
    const url = base.endsWith("/events") ? base : `${base}/api/v1/events`;
    this.#player = checkPlayer(options.playerId);
    this.#earlyMax = Math.max(1, Math.floor(positive(options.maxQueue, 10_000)));
    this.#ownsStorage = options.storage === undefined;
    this.#report = new Report(options);
    this.#numbering = new Numbering(this.#player, positive(options.sessionIdleMs, 30 * 60_000));
    this.#backlog = new Backlog(
      { storage: options.storage ?? defaultStorage(), scope: hash(options.scope ?? `${url}|${options.key}`), instance: options.instance, max: this.#earlyMax },
      { state: () => JSON.stringify(this.#numbering.session), degraded: (entries, error) => this.#degraded(entries, error) },
      this.#report,
    );
    this.#pace = new Pace(positive(options.backoffMs, 500), positive(options.maxBackoffMs, 60_000));
    const poster = new Poster({
      url, key: options.key, compress: options.compress ?? true, timeoutMs: positive(options.requestTimeoutMs, 15_000),
      fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    });
    this.#sender = new Sender(this.#backlog, poster, this.#pace, this.#report, {
      intervalMs: positive(options.flushIntervalMs, 2000),
      maxBatch: Math.min(5000, Math.max(1, Math.floor(positive(options.maxBatch, 100)))),
    });
    this.ready = this.#load();
  }

  get sessionId(): string | null {
    return this.#numbering.session?.id ?? null;
  }

  get playerId(): string {
    return this.#player;
  }

  get stats(): ClientStats {
    return { pending: this.#backlog.length + this.#early.filter((e) => e.event).length, ...this.#report.stats };
  }

  track(name: string, properties?: Properties, options?: TrackOptions): void {
    const at = Date.now();
    this.#checked(name, properties, options?.time ?? at, (event) => this.#numbering.track(event.name, event.properties, event.time, at));
  }

  startSession(properties: SessionProperties = {}): void {
    const at = Date.now();
    this.#checked("session_start", properties, at, (event) => this.#numbering.start((event.properties ?? {}) as SessionProperties, at));
  }

  endSession(properties?: Properties): void {
    const at = Date.now();
    this.#checked("session_end", properties, at, (event) => this.#numbering.end(event.properties, at));
  }

  setPlayer(playerId: string): void {
    const player = (this.#player = checkPlayer(playerId));
    const at = Date.now();
    this.#do(false, () => this.#keep(this.#numbering.setPlayer(player, at)));
  }

  async flush(): Promise<FlushResult> {
    await this.ready;
    this.#pace.hurry();
    await this.#sender.run();
    // What was tracked while the last answer came in.
    if (this.#backlog.length > 0 && this.#pace.mayTry()) await this.#sender.run();
    return this.#result();
  }

  async close(timeoutMs = 5000): Promise<FlushResult> {
    if (this.#closed) return this.#result();
    await this.ready;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([this.flush(), new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)))]);
    clearTimeout(timer);
    this.#closed = true;
    if (this.#adoptTimer) clearInterval(this.#adoptTimer);
    this.#unfollow();
    await this.#sender.close();
    await this.#backlog.close(this.#ownsStorage); // one that was handed in may be shared with other clients
    return this.#result();
  }

  #result(): FlushResult {
    return { drained: this.#backlog.length === 0, pending: this.#backlog.length };
  }

  #checked(name: string, properties: Properties | undefined, time: Date | number | string, number: (event: Checked) => WireEvent[]): void {
    const checked = checkEvent(name, properties, time);
    if (isRefusal(checked)) this.#report.rejected({ event: { name }, ...checked, status: 0 });
    else this.#do(true, () => this.#keep(number(checked)));
  }

  #do(event: boolean, run: () => void): void {
    if (this.#closed) {
      if (event) this.#report.dropped("closed", 1);
    } else if (this.#loaded) run();
    else {
      this.#early.push({ run, event });
      if (this.#early.length <= this.#earlyMax) return;
      this.#early.splice(this.#early.findIndex((e) => e.event), 1);
      this.#report.dropped("queue_full", 1);
    }
  }

  #keep(events: readonly WireEvent[]): void {
    this.#backlog.add(events);
    this.#sender.wake();
  }

  async #load(): Promise<void> {
    const { state, events } = await this.#backlog.load();
    this.#numbering.resume(parsed(state), events, Date.now());
    this.#loaded = true;
    for (const { run } of this.#early.splice(0)) run();
    this.#unfollow = followPage({ online: () => this.#sender.online(), leaving: () => this.#leaving(), revived: () => this.#revived() });
    const adopt = async (): Promise<void> => {
      if (await this.#backlog.adopt(() => this.#closed)) this.#sender.schedule(0);
    };
    this.#adoptTimer = setInterval(() => void adopt(), adoptEveryMs);
    unref(this.#adoptTimer);
    if (this.#backlog.length > 0) this.#sender.schedule(0);
    void adopt();
  }

  /** A reload that reads the last state that was written must not give a number twice: so these go on under new names. */
  #degraded(entries: readonly Entry[], error: unknown): void {
    this.#report.error(error);
    const events = entries.map((e) => JSON.parse(e.json) as WireEvent);
    this.#numbering.renumber(events);
    entries.forEach((entry, i) => {
      entry.json = JSON.stringify(events[i]);
      entry.bytes = bytesOf(entry.json);
    });
    this.#sender.wake();
  }

  #leaving(): void {
    this.#backlog.writeNow();
    this.#sender.leave();
  }

  /** Others may have taken this tab for dead and its session for theirs to end, so it goes on as a new one. */
  #revived(): void {
    if (this.#closed || this.#backlog.isVolatile) return;
    this.#backlog.move();
    this.#keep(this.#numbering.restart(Date.now()));
    this.#sender.online();
  }
}

/** An unreadable state only means that the session is not continued. */
function parsed(state: string | null): Session | null {
  try {
    return state === null ? null : (JSON.parse(state) as Session | null);
  } catch {
    return null;
  }
}
