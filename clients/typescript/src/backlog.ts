// The events that wait, in order, in memory and in the storage; and what dead tabs and processes left there.
import { Journal, makeEntry, type Entry, type JournalOwner } from "./journal.js";
import type { Report } from "./report.js";
import { uuid } from "./small.js";
import { memoryStorage } from "./storage.js";
import type { EventStorage, WireEvent } from "./types.js";

export interface BacklogOptions {
  storage: EventStorage;
  /** Separates what is stored for other servers and keys. */
  scope: string;
  /** A fixed name, or undefined: one per tab or process. */
  instance: string | undefined;
  max: number;
}

export class Backlog {
  #entries: Entry[] = [];
  #nextKey = 1;
  #release: (() => void) | null = null;
  readonly #journal: Journal;

  constructor(private readonly options: BacklogOptions, owner: JournalOwner, private readonly report: Report) {
    this.#journal = new Journal(options.storage, "", owner);
  }

  get length(): number {
    return this.#entries.length;
  }

  /** A write that is under way, while entries wait for it. */
  get writing(): Promise<void> | null {
    return this.#entries.some((e) => !e.persisted) ? this.#journal.writing : null;
  }

  add(events: readonly WireEvent[]): void {
    for (const event of events) {
      const entry = makeEntry(this.#nextKey++, JSON.stringify(event), false);
      this.#entries.push(entry);
      this.#journal.add(entry);
    }
    this.#journal.stateChanged();
    this.#journal.persist();
    this.#bound();
  }

  /** The first that may be sent, up to both limits. `leaving`: for a page that goes, so without those already on such a way. */
  take(maxEvents: number, maxBytes: number, leaving = false): Entry[] {
    const batch: Entry[] = [];
    let bytes = 0;
    for (const entry of this.#entries) {
      if (!entry.persisted || (leaving && entry.leaving)) continue;
      if (batch.length >= maxEvents || (bytes += entry.bytes + 1) > maxBytes) break;
      batch.push(entry);
    }
    return batch;
  }

  forget(entries: Iterable<Entry>): void {
    let any = false;
    for (const entry of entries) {
      if (entry.gone) continue;
      entry.gone = any = true;
      this.#journal.remove(entry);
    }
    if (!any) return;
    this.#entries = this.#entries.filter((e) => !e.gone);
    this.#journal.persist();
  }

  writeNow(): void {
    this.#journal.writeNow();
  }

  /** Takes this instance's place and gives what waits there: its state's text and its events. */
  async load(): Promise<{ state: string | null; events: WireEvent[] }> {
    try {
      await this.#settle(this.options.instance ?? this.options.storage.remember?.(this.options.scope) ?? null);
      const { prefix } = this.#journal;
      let state: string | null = null;
      for (const [key, value] of await this.options.storage.entries(prefix)) {
        const rest = key.slice(prefix.length);
        if (rest === "state") state = value;
        else if (rest.startsWith("e")) {
          this.#entries.push(makeEntry(Number(rest.slice(1)), value, true));
          this.#nextKey = Number(rest.slice(1)) + 1;
        }
      }
      return { state, events: this.#entries.map((e) => JSON.parse(e.json) as WireEvent) };
    } catch (error) {
      this.report.error(error);
      this.#leave();
      this.#journal.storage = memoryStorage();
      this.#journal.prefix = this.#prefixOf(uuid());
      this.#entries = [];
      return { state: null, events: [] };
    } finally {
      this.#bound();
    }
  }

  /** Moves what dead tabs left into this one's queue; their sessions are not continued. True when there was something. */
  async adopt(isClosed: () => boolean): Promise<boolean> {
    const { storage } = this.#journal;
    if (!storage.lock || this.#journal.isVolatile || isClosed()) return false;
    let any = false;
    try {
      const others = new Set((await storage.entries(`${this.options.scope}/`)).map(([key]) => this.#prefixOf(key.split("/")[1] ?? "")));
      for (const other of others) {
        if (other === this.#journal.prefix || isClosed()) continue;
        const release = await storage.lock(other.slice(0, -1), 0);
        if (!release) continue;
        try {
          if (await this.#takeOver(storage, other, isClosed)) any = true;
        } finally {
          release();
        }
      }
    } catch (error) {
      this.report.error(error);
    }
    return any;
  }

  /** Goes on as a new instance: others may have taken this one for dead. */
  move(): void {
    if (this.#journal.isVolatile) return;
    this.#leave();
    const instance = uuid();
    this.#journal.moveTo(this.#prefixOf(instance), this.#entries);
    const { storage } = this.#journal;
    storage.remember?.(this.options.scope, instance);
    void (async () => storage.lock?.(`${this.options.scope}/${instance}`, 0))().then((release) => (this.#release = release ?? null), () => undefined);
  }

  get isVolatile(): boolean {
    return this.#journal.isVolatile;
  }

  async close(closeStorage: boolean): Promise<void> {
    while (this.#journal.writing) await this.#journal.writing;
    const { storage, stateKey } = this.#journal;
    try {
      if (this.length === 0 && this.options.instance === undefined && !storage.remember) await storage.write([], [stateKey]);
    } catch {
      // the next client takes over an empty folder
    }
    this.#leave();
    if (closeStorage) await storage.close?.();
  }

  #prefixOf(instance: string): string {
    return `${this.options.scope}/${instance}/`;
  }

  #leave(): void {
    this.#release?.();
    this.#release = null;
  }

  #bound(): void {
    const excess = this.#entries.length - this.options.max;
    if (excess <= 0) return;
    const oldest = this.#entries.filter((e) => !e.flying && !e.leaving).slice(0, excess);
    if (oldest.length === 0) return;
    this.forget(oldest);
    this.report.dropped("queue_full", oldest.length, oldest.map((e) => JSON.parse(e.json) as WireEvent));
  }

  /** Takes the wanted instance, or a new one when a living tab (a duplicate) has it. */
  async #settle(wanted: string | null): Promise<void> {
    const { storage, scope } = this.options;
    const take = async (instance: string, waitMs: number): Promise<boolean> => {
      this.#journal.prefix = this.#prefixOf(instance);
      if (!storage.lock) return true;
      this.#release = await storage.lock(`${scope}/${instance}`, waitMs);
      return this.#release !== null;
    };
    let instance = wanted ?? uuid();
    if (!(await take(instance, wanted === null ? 0 : 500))) {
      if (this.options.instance !== undefined) this.report.error(new Error(`instance ${this.options.instance} is in use: going on under another`));
      await take((instance = uuid()), 0);
    }
    storage.remember?.(scope, instance);
  }

  async #takeOver(storage: EventStorage, prefix: string, isClosed: () => boolean): Promise<boolean> {
    const found = await storage.entries(prefix);
    const events = found.filter(([key]) => key.startsWith(`${prefix}e`));
    if (isClosed() || (this.length > 0 && this.length + events.length > this.options.max)) return false;
    const entries = events.map(([, json]) => makeEntry(this.#nextKey++, json, true));
    await storage.write(entries.map((e) => [this.#journal.keyOf(e), e.json]), found.map(([key]) => key));
    this.#entries.push(...entries);
    this.report.stats.adopted += entries.length;
    this.#bound();
    return entries.length > 0;
  }
}
