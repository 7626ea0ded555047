import { defaultStorage, memoryStorage } from "./storage.js";
import type {
  ClientStats, Drop, EventClient, EventClientOptions, EventStorage, FlushResult, Properties, Rejection,
  SessionProperties, TrackOptions, WireEvent,
} from "./types.js";

interface Entry {
  key: number;
  json: string;
  bytes: number;
  /** Durable, so it may be sent. */
  persisted: boolean;
  /** Acknowledged, rejected or dropped. */
  gone: boolean;
  /** In a request at the moment. */
  flying: boolean;
  /** In a keepalive request at the moment. */
  leaving: boolean;
}

interface Session {
  id: string;
  player: string;
  next: number;
  lastAt: number;
  /** Properties of its session_start; null when it was never started by name. */
  started: SessionProperties | null;
}

const namePattern = /^[A-Za-z0-9_.:/-]{1,128}$/;
const maxProperties = 32 * 1024;
const maxDepth = 8;
const maxBody = 2 * 1024 * 1024;
const keepaliveBudget = 60_000;
const compressFrom = 1024;
const adoptEveryMs = 60_000;
const encoder = new TextEncoder();

export function createEventClient<Events extends object = {}>(options: EventClientOptions): EventClient<Events> {
  return new Client(options) as unknown as EventClient<Events>;
}

class Client {
  readonly ready: Promise<void>;
  #url: string;
  #key: string;
  #player: string;
  #storage: EventStorage;
  #scope: string;
  #instance = "";
  #fixedInstance: string | undefined;
  #release: (() => void) | null = null;
  #interval: number;
  #maxBatch: number;
  #maxQueue: number;
  #compress: boolean;
  #timeout: number;
  #backoff: number;
  #maxBackoff: number;
  #idle: number;
  #fetch: typeof fetch;
  #options: EventClientOptions;

  #loaded = false;
  #closed = false;
  #early: Array<{ run: () => void; event: boolean }> = [];
  #queue: Entry[] = [];
  #nextKey = 1;
  #session: Session | null = null;
  #resumed = false;
  #playerAtCall: string;

  #dirty: Entry[] = [];
  #removes: string[] = [];
  #stateDirty = false;
  #writing: Promise<void> | null = null;
  /** Storage failed: new events live in memory. */
  #volatile = false;

  #running: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #timerAt = 0;
  #adoptTimer: ReturnType<typeof setInterval> | null = null;
  #attempt = 0;
  /** The server asked for silence until then. */
  #quietUntil = 0;
  /** Our own wait after a failure. */
  #waitUntil = 0;
  #keepaliveBytes = 0;
  #abort = new AbortController();
  #stats = { accepted: 0, rejected: 0, dropped: 0, requests: 0, retries: 0, adopted: 0 };

  constructor(options: EventClientOptions) {
    const base = options.endpoint.replace(/\/+$/, "");
    this.#url = base.endsWith("/events") ? base : `${base}/api/v1/events`;
    if (!options.key) throw new TypeError("key is missing");
    this.#key = options.key;
    this.#player = this.#playerAtCall = checkedPlayer(options.playerId);
    this.#options = options;
    this.#scope = hash(options.scope ?? `${this.#url}|${options.key}`);
    this.#fixedInstance = options.instance;
    this.#interval = positive(options.flushIntervalMs, 2000);
    this.#maxBatch = Math.min(5000, Math.max(1, Math.floor(positive(options.maxBatch, 100))));
    this.#maxQueue = Math.max(1, Math.floor(positive(options.maxQueue, 10_000)));
    this.#compress = (options.compress ?? true) && typeof CompressionStream !== "undefined";
    this.#timeout = positive(options.requestTimeoutMs, 15_000);
    this.#backoff = positive(options.backoffMs, 500);
    this.#maxBackoff = positive(options.maxBackoffMs, 60_000);
    this.#idle = positive(options.sessionIdleMs, 30 * 60_000);
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#storage = options.storage ?? defaultStorage();
    this.ready = this.#load();
  }

  get sessionId(): string | null {
    return this.#session?.id ?? null;
  }

  get playerId(): string {
    return this.#playerAtCall;
  }

  get stats(): ClientStats {
    return { pending: this.#queue.length + this.#early.filter((e) => e.event).length, ...this.#stats };
  }

  track(name: string, properties?: Properties, options?: TrackOptions): void {
    const at = Date.now();
    const checked = this.#check(name, properties, options?.time ?? at);
    if (checked) this.#do(true, () => this.#append(checked.name, checked.properties, checked.time, at));
  }

  startSession(properties: SessionProperties = {}): void {
    const at = Date.now();
    const checked = this.#check("session_start", properties, at);
    if (!checked) return;
    this.#do(true, () => {
      const session = this.#session;
      const start = (checked.properties ?? {}) as SessionProperties;
      if (session && this.#resumed && at - session.lastAt < this.#idle && JSON.stringify(session.started) === JSON.stringify(start)) {
        this.#resumed = false;
        return;
      }
      if (session?.started) this.#append("session_end", undefined, session.lastAt < at ? at : session.lastAt, at, true);
      this.#open(at);
      this.#begin(start, at);
    });
  }

  endSession(properties?: Properties): void {
    const at = Date.now();
    const checked = this.#check("session_end", properties, at);
    if (!checked) return;
    this.#do(true, () => {
      if (!this.#session) return;
      this.#append("session_end", checked.properties, at, at, true);
      this.#session = null;
      this.#stateDirty = true;
      this.#persist();
    });
  }

  setPlayer(playerId: string): void {
    const player = (this.#playerAtCall = checkedPlayer(playerId));
    const at = Date.now();
    this.#do(false, () => {
      if (player === this.#player) return;
      const started = this.#session?.started ?? null;
      if (this.#session && started) this.#append("session_end", undefined, at, at, true);
      this.#player = player;
      this.#session = null;
      this.#stateDirty = true;
      if (started) {
        this.#open(at);
        this.#begin(started, at);
      } else this.#persist();
    });
  }

  async flush(): Promise<FlushResult> {
    await this.ready;
    this.#waitUntil = 0;
    await this.#run();
    // What was tracked while the last answer came in.
    if (this.#queue.length > 0 && Date.now() >= Math.max(this.#quietUntil, this.#waitUntil)) await this.#run();
    return { drained: this.#queue.length === 0, pending: this.#queue.length };
  }

  async close(timeoutMs = 5000): Promise<FlushResult> {
    if (!this.#closed) {
      await this.ready;
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([this.flush(), new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)))]);
      clearTimeout(timer);
      this.#closed = true;
      this.#abort.abort();
      this.#clearTimer();
      if (this.#adoptTimer) clearInterval(this.#adoptTimer);
      this.#listen(false);
      await this.#running;
      while (this.#writing) await this.#writing;
      try {
        if (this.#queue.length === 0 && this.#fixedInstance === undefined && !this.#storage.remember)
          await this.#storage.write([], [this.#at("state")]);
      } catch {
        // the next client takes over an empty folder
      }
      this.#release?.();
      // A storage handed in may be shared with other clients.
      if (!this.#options.storage) await this.#storage.close?.();
    }
    return { drained: this.#queue.length === 0, pending: this.#queue.length };
  }

  // ---- numbering

  #do(event: boolean, run: () => void): void {
    if (this.#closed) {
      if (event) this.#drop("closed", [], 1);
    } else if (this.#loaded) run();
    else {
      this.#early.push({ run, event });
      if (this.#early.length > this.#maxQueue) {
        const oldest = this.#early.findIndex((e) => e.event);
        this.#early.splice(oldest, 1);
        this.#drop("queue_full", [], 1);
      }
    }
  }

  #check(name: string, properties: Properties | undefined, time: Date | number | string): { name: string; properties: Properties | undefined; time: number | string } | null {
    const refuse = (code: string, detail: string, field: string): null => {
      this.#reject({ event: { name }, code, detail, field, status: 0 });
      return null;
    };
    if (!namePattern.test(name)) return refuse("invalid_name", `name must match ${namePattern.source}`, "name");
    const millis = time instanceof Date ? time.getTime() : time;
    if (typeof millis === "number" && !Number.isFinite(millis)) return refuse("invalid_time", "time is not a time", "time");
    let copy: Properties | undefined;
    if (properties !== undefined) {
      try {
        const json = JSON.stringify(properties);
        if (encoder.encode(json).length > maxProperties) return refuse("too_large", "properties are over 32 KiB", "properties");
        copy = JSON.parse(json) as Properties;
      } catch (error) {
        return refuse("invalid_properties", String(error), "properties");
      }
      if (typeof copy !== "object" || copy === null || Array.isArray(copy)) return refuse("invalid_properties", "properties must be an object", "properties");
      if (depth(copy) > maxDepth) return refuse("too_deep", "properties are deeper than 8", "properties");
    }
    return { name, properties: copy, time: typeof millis === "number" ? Math.round(millis) : millis };
  }

  #open(at: number): Session {
    this.#resumed = false;
    this.#stateDirty = true;
    return (this.#session = { id: uuid(), player: this.#player, next: 1, lastAt: at, started: null });
  }

  #begin(properties: SessionProperties, at: number): void {
    if (this.#session) this.#session.started = properties;
    this.#append("session_start", properties, at, at);
  }

  #append(name: string, properties: Properties | undefined, time: number | string, at: number, keep = false): void {
    let session = this.#session;
    if (!session) session = this.#open(at);
    else if (!keep && at - session.lastAt >= this.#idle) {
      const started = session.started;
      session = this.#open(at);
      if (started && name !== "session_start") this.#begin(started, at);
    }
    session.lastAt = Math.max(session.lastAt, at);
    const event: WireEvent = { name, player_id: session.player, session_id: session.id, seq: session.next++, time };
    if (properties) event.properties = properties;
    this.#stateDirty = true;
    this.#enqueue(JSON.stringify(event));
    this.#persist();
    this.#bound();
    if (this.#queue.length >= this.#maxBatch) this.#schedule(0);
    else this.#schedule(this.#interval);
  }

  #enqueue(json: string, persisted = false): Entry {
    const entry: Entry = { key: this.#nextKey++, json, bytes: encoder.encode(json).length, persisted, gone: false, flying: false, leaving: false };
    this.#queue.push(entry);
    if (!persisted) this.#dirty.push(entry);
    return entry;
  }

  #bound(): void {
    const excess = this.#queue.length - this.#maxQueue;
    if (excess <= 0) return;
    const oldest = this.#queue.filter((e) => !e.flying && !e.leaving).slice(0, excess);
    if (oldest.length === 0) return;
    this.#forget(oldest);
    this.#drop("queue_full", oldest.map((e) => JSON.parse(e.json) as WireEvent), oldest.length);
  }

  // ---- storage: written before it is sent, removed after it is acknowledged

  #at(rest: string): string {
    return `${this.#scope}/${this.#instance}/${rest}`;
  }

  #entryKey(entry: Entry): string {
    return this.#at(`e${String(entry.key).padStart(12, "0")}`);
  }

  #persist(): void {
    if (!this.#writing) this.#write();
  }

  #write(): void {
    const entries = this.#dirty.filter((e) => !e.gone);
    const removes = this.#removes;
    this.#dirty = [];
    this.#removes = [];
    if (this.#volatile) {
      for (const entry of entries) entry.persisted = true;
      if (removes.length > 0) void (async () => this.#storage.write([], removes))().catch(() => undefined);
      return;
    }
    const puts = entries.map((e): [string, string] => [this.#entryKey(e), e.json]);
    // An ended session leaves a state of null: nothing to continue.
    if (this.#stateDirty) puts.push([this.#at("state"), JSON.stringify(this.#session)]);
    this.#stateDirty = false;
    if (puts.length === 0 && removes.length === 0) return;
    const done = (): void => {
      for (const entry of entries) entry.persisted = true;
    };
    try {
      const result = this.#storage.write(puts, removes);
      if (!(result instanceof Promise)) return done();
      const writing: Promise<void> = result.then(done, (error: unknown) => this.#degrade(entries, error)).then(() => {
        if (this.#writing !== writing) return;
        this.#writing = null;
        if (this.#dirty.length > 0 || this.#removes.length > 0 || this.#stateDirty) this.#write();
      });
      this.#writing = writing;
    } catch (error) {
      this.#degrade(entries, error);
    }
  }

  /**
   * The storage refuses (full, forbidden). What is not in it goes on in memory under new session ids, so that a reload
   * that reads the last state that was written cannot give a number twice.
   */
  #degrade(entries: Entry[], error: unknown): void {
    this.#error(error);
    const waiting = [...entries, ...this.#dirty].filter((e) => !e.gone);
    this.#dirty = [];
    this.#volatile = true;
    const renamed = new Map<string, { id: string; next: number }>();
    const rename = (old: string): { id: string; next: number } => {
      let to = renamed.get(old);
      if (!to) renamed.set(old, (to = { id: uuid(), next: 1 }));
      return to;
    };
    for (const entry of waiting) {
      const event = JSON.parse(entry.json) as WireEvent;
      const to = rename(event.session_id);
      event.session_id = to.id;
      event.seq = to.next++;
      entry.json = JSON.stringify(event);
      entry.bytes = encoder.encode(entry.json).length;
      entry.persisted = true;
    }
    if (this.#session) {
      const to = rename(this.#session.id);
      this.#session.id = to.id;
      this.#session.next = to.next;
    }
    this.#schedule(this.#interval);
  }

  #forget(entries: Iterable<Entry>): void {
    let any = false;
    for (const entry of entries) {
      if (entry.gone) continue;
      entry.gone = any = true;
      this.#removes.push(this.#entryKey(entry));
    }
    if (!any) return;
    this.#queue = this.#queue.filter((e) => !e.gone);
    this.#persist();
  }

  async #load(): Promise<void> {
    try {
      await this.#settle(this.#fixedInstance ?? this.#storage.remember?.(this.#scope) ?? null);
      let state: Session | null = null;
      for (const [key, value] of await this.#storage.entries(this.#at(""))) {
        const rest = key.slice(this.#at("").length);
        if (rest === "state") state = JSON.parse(value) as Session | null;
        else if (rest.startsWith("e")) {
          this.#nextKey = Number(rest.slice(1));
          this.#enqueue(value, true);
        }
      }
      if (state && state.player === this.#player && Date.now() - state.lastAt < this.#idle) {
        for (const entry of this.#queue) {
          const event = JSON.parse(entry.json) as WireEvent;
          if (event.session_id === state.id) state.next = Math.max(state.next, event.seq + 1);
        }
        this.#session = state;
        this.#resumed = true;
      }
    } catch (error) {
      this.#error(error);
      this.#release?.();
      this.#release = null;
      this.#storage = memoryStorage();
      this.#instance = uuid();
      this.#queue = [];
    }
    this.#loaded = true;
    for (const { run } of this.#early.splice(0)) run();
    this.#bound();
    this.#listen(true);
    this.#adoptTimer = setInterval(() => void this.#adopt(), adoptEveryMs);
    unref(this.#adoptTimer);
    if (this.#queue.length > 0) this.#schedule(0);
    void this.#adopt();
  }

  /** Takes the wanted instance, or a new one when a living tab (a duplicate) has it. */
  async #settle(wanted: string | null): Promise<void> {
    const take = async (instance: string, waitMs: number): Promise<boolean> => {
      this.#instance = instance;
      if (!this.#storage.lock) return true;
      this.#release = await this.#storage.lock(`${this.#scope}/${instance}`, waitMs);
      return this.#release !== null;
    };
    if (wanted === null || !(await take(wanted, 500))) {
      if (this.#fixedInstance !== undefined) this.#error(new Error(`instance ${this.#fixedInstance} is in use: going on under another`));
      await take(uuid(), 0);
    }
    this.#storage.remember?.(this.#scope, this.#instance);
  }

  /** Moves what dead tabs left into this one's queue; their sessions are not continued. */
  async #adopt(): Promise<void> {
    const { lock } = this.#storage;
    if (!lock || this.#volatile || this.#closed) return;
    try {
      const others = new Set<string>();
      for (const [key] of await this.#storage.entries(`${this.#scope}/`)) others.add(key.split("/")[1] ?? "");
      for (const other of others) {
        if (other === this.#instance || this.#closed) continue;
        const release = await lock.call(this.#storage, `${this.#scope}/${other}`, 0);
        if (!release) continue;
        try {
          const prefix = `${this.#scope}/${other}/`;
          const found = await this.#storage.entries(prefix);
          const events = found.filter(([key]) => key.startsWith(`${prefix}e`));
          if (this.#closed || (this.#queue.length > 0 && this.#queue.length + events.length > this.#maxQueue)) continue;
          const keys = events.map(([, json]): [number, string] => [this.#nextKey++, json]);
          await this.#storage.write(
            keys.map(([key, json]) => [this.#at(`e${String(key).padStart(12, "0")}`), json]),
            found.map(([key]) => key),
          );
          for (const [key, json] of keys)
            this.#queue.push({ key, json, bytes: encoder.encode(json).length, persisted: true, gone: false, flying: false, leaving: false });
          this.#stats.adopted += events.length;
          this.#bound();
          if (events.length > 0) this.#schedule(0);
        } finally {
          release();
        }
      }
    } catch (error) {
      this.#error(error);
    }
  }

  // ---- sending

  #schedule(delay: number): void {
    if (this.#closed || !this.#loaded) return;
    const at = Math.max(Date.now() + delay, this.#quietUntil, this.#waitUntil);
    if (this.#timer && this.#timerAt <= at) return;
    this.#clearTimer();
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#run();
    }, Math.min(at - Date.now(), 0x7fffffff));
    unref(this.#timer);
  }

  #clearTimer(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #run(): Promise<void> {
    return (this.#running ??= this.#loop().catch((error: unknown) => this.#error(error)).finally(() => {
      this.#running = null;
      if (this.#queue.length > 0) this.#schedule(this.#interval);
    }));
  }

  async #loop(): Promise<void> {
    while (!this.#closed) {
      if (Date.now() < Math.max(this.#quietUntil, this.#waitUntil)) return;
      const batch = this.#take();
      if (batch.length === 0) {
        if (!this.#writing || !this.#queue.some((e) => !e.persisted)) return;
        await this.#writing;
        continue;
      }
      if (globalThis.navigator?.onLine === false) {
        this.#waitUntil = Date.now() + this.#maxBackoff; // or the `online` event
        return;
      }
      for (const entry of batch) entry.flying = true;
      try {
        if (!(await this.#send(batch))) return;
      } finally {
        for (const entry of batch) entry.flying = false;
      }
    }
  }

  #take(): Entry[] {
    const batch: Entry[] = [];
    let bytes = 0;
    for (const entry of this.#queue) {
      if (!entry.persisted) continue;
      if (batch.length >= this.#maxBatch || (bytes += entry.bytes + 1) > maxBody) break;
      batch.push(entry);
    }
    return batch;
  }

  /** True: settled, go on. False: kept, a retry is due. */
  async #send(batch: Entry[]): Promise<boolean> {
    batch = batch.filter((e) => !e.gone);
    if (batch.length === 0) return true;
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    this.#abort.signal.addEventListener("abort", stop);
    const timer = setTimeout(stop, this.#timeout);
    let status = 0;
    let gzip = false;
    try {
      const text = body(batch);
      const headers: Record<string, string> = { Authorization: `Bearer ${this.#key}`, "Content-Type": "application/json" };
      let payload: BodyInit = text;
      if (this.#compress && text.length > compressFrom) {
        payload = await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
        headers["Content-Encoding"] = "gzip";
        gzip = true;
      }
      this.#stats.requests++;
      const response = await this.#fetch(this.#url, { method: "POST", headers, body: payload, signal: abort.signal, credentials: "omit", cache: "no-store" });
      status = response.status;
      if (status === 200) {
        this.#acknowledge(batch, await response.json());
        this.#attempt = 0;
        this.#waitUntil = this.#quietUntil = 0;
        return true;
      }
      if (status === 415 && gzip) {
        await response.body?.cancel();
        this.#compress = false;
        return await this.#send(batch);
      }
      const after = retryAfter(response.headers.get("Retry-After"));
      const problem = await response.text().then(parseProblem, () => ({ code: `http_${status}`, detail: "" }));
      if (status === 400 || status === 413 || status === 422) {
        if (batch.length > 1) {
          const half = batch.length >> 1;
          return (await this.#send(batch.slice(0, half))) && (await this.#send(batch.slice(half)));
        }
        // This document can never succeed: a single event that is refused as a whole.
        for (const entry of batch) if (!entry.gone) this.#reject({ event: JSON.parse(entry.json) as WireEvent, ...problem, status });
        this.#forget(batch);
        return true;
      }
      this.#retry(new Error(`${this.#url}: ${status} ${problem.code} ${problem.detail}`.trim()), after, lasting(status));
      return false;
    } catch (error) {
      if (!this.#closed) this.#retry(error, 0, false);
      return false;
    } finally {
      clearTimeout(timer);
      this.#abort.signal.removeEventListener("abort", stop);
    }
  }

  #acknowledge(batch: Entry[], answer: unknown): void {
    const { accepted, rejected } = (answer ?? {}) as { accepted?: unknown; rejected?: unknown };
    // A hotel's sign-in page also says 200.
    if (typeof accepted !== "number" || !Array.isArray(rejected)) throw new Error("the answer is not one of Gamekeeper's");
    const refused = new Set<Entry>();
    for (const line of rejected as Array<{ index: number; code?: string; detail?: string; field?: string }>) {
      const entry = batch[line.index];
      if (!entry || entry.gone || refused.has(entry)) continue;
      refused.add(entry);
      const rejection: Rejection = { event: JSON.parse(entry.json) as WireEvent, code: line.code ?? "rejected", detail: line.detail ?? "", status: 200 };
      if (line.field !== undefined) rejection.field = line.field;
      this.#reject(rejection);
    }
    this.#stats.accepted += batch.filter((e) => !e.gone && !refused.has(e)).length;
    this.#forget(batch);
  }

  #retry(error: unknown, afterMs: number, slow: boolean): void {
    this.#stats.retries++;
    // Full jitter: anywhere between nothing and the exponential ceiling.
    const ceiling = slow ? this.#maxBackoff : Math.min(this.#maxBackoff, this.#backoff * 2 ** Math.min(this.#attempt, 30));
    this.#attempt++;
    const jitter = Math.random() * ceiling;
    const now = Date.now();
    if (afterMs > 0) this.#quietUntil = now + afterMs;
    this.#waitUntil = now + afterMs + (slow ? ceiling / 2 + jitter / 2 : jitter);
    this.#error(error);
    this.#clearTimer();
    this.#schedule(0);
  }

  // ---- browser

  #listen(on: boolean): void {
    const how = on ? globalThis.addEventListener : globalThis.removeEventListener;
    if (typeof how !== "function") return;
    how.call(globalThis, "online", this.#onOnline);
    how.call(globalThis, "pagehide", this.#onHide);
    how.call(globalThis, "pageshow", this.#onShow);
    if (typeof document === "undefined") return;
    if (on) document.addEventListener("visibilitychange", this.#onHide);
    else document.removeEventListener("visibilitychange", this.#onHide);
  }

  #onOnline = (): void => {
    this.#attempt = 0;
    this.#waitUntil = 0;
    this.#clearTimer();
    if (this.#queue.length > 0) this.#schedule(0);
  };

  /** Sends the front of the queue in a request that outlives the page; plain, for gzip would come too late. */
  #onHide = (event: Event): void => {
    if (event.type === "visibilitychange" && document.visibilityState !== "hidden") return;
    if (this.#dirty.length > 0 || this.#removes.length > 0 || this.#stateDirty) this.#write();
    if (this.#closed || Date.now() < this.#quietUntil || globalThis.navigator?.onLine === false) return;
    const batch: Entry[] = [];
    let bytes = 64;
    for (const entry of this.#queue) {
      if (!entry.persisted || entry.leaving) continue;
      if (this.#keepaliveBytes + bytes + entry.bytes + 1 > keepaliveBudget || batch.length >= this.#maxBatch) break;
      bytes += entry.bytes + 1;
      batch.push(entry);
    }
    if (batch.length === 0) return;
    for (const entry of batch) entry.leaving = true;
    this.#keepaliveBytes += bytes;
    this.#stats.requests++;
    this.#fetch(this.#url, {
      method: "POST", keepalive: true, credentials: "omit", body: body(batch),
      headers: { Authorization: `Bearer ${this.#key}`, "Content-Type": "application/json" },
    })
      .then(async (response) => {
        if (response.status === 200) this.#acknowledge(batch, await response.json());
      })
      .catch(() => undefined) // still in the queue
      .finally(() => {
        this.#keepaliveBytes -= bytes;
        for (const entry of batch) entry.leaving = false;
      });
  };

  /** Back from the back/forward cache: others may have taken this tab for dead, so it goes on as a new one. */
  #onShow = (event: Event): void => {
    if (!(event as PageTransitionEvent).persisted || this.#closed || this.#volatile) return;
    const at = Date.now();
    const old = this.#queue.map((e) => this.#entryKey(e));
    const oldState = this.#at("state");
    this.#release?.();
    this.#release = null;
    this.#instance = uuid();
    this.#storage.remember?.(this.#scope, this.#instance);
    this.#dirty = [...this.#queue];
    for (const entry of this.#queue) entry.persisted = false;
    this.#removes.push(...old, oldState);
    void (async () => this.#storage.lock?.(`${this.#scope}/${this.#instance}`, 0))().then((release) => (this.#release = release ?? null), () => undefined);
    const started = this.#session?.started;
    this.#session = null;
    this.#stateDirty = true;
    if (started) {
      this.#open(at);
      this.#begin(started, at);
    } else this.#persist();
    this.#onOnline();
  };

  // ---- callbacks never break the game

  #reject(rejection: Rejection): void {
    this.#stats.rejected++;
    guard(() => this.#options.onRejected?.(rejection));
  }

  #drop(reason: Drop["reason"], events: WireEvent[], count: number): void {
    this.#stats.dropped += count;
    guard(() => this.#options.onDropped?.({ reason, count, total: this.#stats.dropped, events }));
  }

  #error(error: unknown): void {
    guard(() => this.#options.onError?.(error instanceof Error ? error : new Error(String(error))));
  }
}

const body = (batch: Entry[]): string => `{"sent_at":"${new Date().toISOString()}","events":[${batch.map((e) => e.json).join(",")}]}`;

/** Not the events' fault and not soon over: a wrong key or address. Kept, tried rarely. */
const lasting = (status: number): boolean => status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429;

function retryAfter(value: string | null): number {
  if (!value) return 0;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : 0;
}

function parseProblem(text: string): { code: string; detail: string } {
  try {
    const { code, detail, title } = JSON.parse(text) as { code?: unknown; detail?: unknown; title?: unknown };
    return { code: String(code ?? "refused"), detail: String(detail ?? title ?? "") };
  } catch {
    return { code: "refused", detail: text.slice(0, 200) };
  }
}

function checkedPlayer(id: string): string {
  const length = typeof id === "string" ? [...id].length : 0;
  if (length < 1 || length > 128 || /\p{Cc}/u.test(id)) throw new TypeError("playerId must be 1 to 128 characters without control characters");
  return id;
}

function positive(value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!(value > 0)) throw new RangeError(`${value} is not a positive number`);
  return value;
}

function depth(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let deepest = 0;
  for (const inner of Object.values(value)) deepest = Math.max(deepest, depth(inner));
  return deepest + 1;
}

function guard(call: () => void): void {
  try {
    call();
  } catch (error) {
    console.error(error);
  }
}

/** Timers alone do not keep a Node process alive. */
function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}

/** Version 4; crypto.randomUUID is missing on pages served by plain http. */
function uuid(): string {
  const bytes = new Uint8Array(16);
  if (typeof globalThis.crypto !== "undefined") crypto.getRandomValues(bytes);
  else for (let i = 0; i < 16; i++) bytes[i] = Math.random() * 256;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** FNV-1a, twice: names of stored things do not show the key. */
function hash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (const byte of encoder.encode(text)) {
    a = Math.imul(a ^ byte, 0x01000193) >>> 0;
    b = Math.imul(b ^ byte, 0x85ebca6b) >>> 0;
  }
  return a.toString(36) + b.toString(36);
}
