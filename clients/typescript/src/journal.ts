// Writes entries to the storage: before they are sent, and away when they are answered for.
import type { EventStorage } from "./types.js";

export interface Entry {
  /** Its place in the storage. */
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

export const bytesOf = (json: string): number => new TextEncoder().encode(json).length;

export const makeEntry = (key: number, json: string, persisted: boolean): Entry => ({
  key, json, bytes: bytesOf(json), persisted, gone: false, flying: false, leaving: false,
});

export interface JournalOwner {
  /** What is to be known of the open session by whoever reads this storage next. */
  state(): string;
  /** The storage refuses (full, forbidden): these entries, and all later ones, live in memory from now on. */
  degraded(entries: Entry[], error: unknown): void;
}

export class Journal {
  #dirty: Entry[] = [];
  #removes: string[] = [];
  #stateDirty = false;
  #writing: Promise<void> | null = null;
  #volatile = false;

  /** `prefix` begins the keys of everything that is written, `scope/instance/`. */
  constructor(public storage: EventStorage, public prefix: string, private readonly owner: JournalOwner) {}

  get isVolatile(): boolean {
    return this.#volatile;
  }

  get writing(): Promise<void> | null {
    return this.#writing;
  }

  keyOf(entry: Pick<Entry, "key">): string {
    return `${this.prefix}e${String(entry.key).padStart(12, "0")}`;
  }

  get stateKey(): string {
    return `${this.prefix}state`;
  }

  add(entry: Entry): void {
    this.#dirty.push(entry);
  }

  remove(entry: Entry): void {
    this.#removes.push(this.keyOf(entry));
  }

  stateChanged(): void {
    this.#stateDirty = true;
  }

  /** What was added goes out with the write that is under way, or now. */
  persist(): void {
    if (!this.#writing) this.writeNow();
  }

  /** Without waiting for the write that is under way: the page goes. */
  writeNow(): void {
    const entries = this.#dirty.filter((e) => !e.gone);
    const removes = this.#removes;
    this.#dirty = [];
    this.#removes = [];
    const done = (): void => {
      for (const entry of entries) entry.persisted = true;
    };
    if (this.#volatile) {
      done();
      if (removes.length > 0) void (async () => this.storage.write([], removes))().catch(() => undefined);
      return;
    }
    const puts = entries.map((e): [string, string] => [this.keyOf(e), e.json]);
    if (this.#stateDirty) puts.push([this.stateKey, this.owner.state()]);
    this.#stateDirty = false;
    if (puts.length === 0 && removes.length === 0) return;
    try {
      const result = this.storage.write(puts, removes);
      if (result instanceof Promise) this.#follow(result.then(done, (error: unknown) => this.#degrade(entries, error)));
      else done();
    } catch (error) {
      this.#degrade(entries, error);
    }
  }

  /** Under another prefix everything is written anew and removed from the old place. */
  moveTo(prefix: string, entries: readonly Entry[]): void {
    this.#removes.push(...entries.map((e) => this.keyOf(e)), this.stateKey);
    this.prefix = prefix;
    this.#dirty = [...entries];
    for (const entry of entries) entry.persisted = false;
    this.#stateDirty = true;
  }

  #follow(result: Promise<void>): void {
    const writing: Promise<void> = result.then(() => {
      if (this.#writing !== writing) return;
      this.#writing = null;
      if (this.#dirty.length > 0 || this.#removes.length > 0 || this.#stateDirty) this.writeNow();
    });
    this.#writing = writing;
  }

  #degrade(entries: Entry[], error: unknown): void {
    const waiting = [...entries, ...this.#dirty].filter((e) => !e.gone);
    this.#dirty = [];
    this.#volatile = true;
    this.owner.degraded(waiting, error);
    for (const entry of waiting) entry.persisted = true;
  }
}
