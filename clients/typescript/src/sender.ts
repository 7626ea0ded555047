// Brings the backlog to the server, batch by batch, each until it is answered for.
import type { Backlog } from "./backlog.js";
import type { Entry } from "./journal.js";
import type { Pace } from "./pace.js";
import type { Poster, Receipt } from "./post.js";
import type { Report } from "./report.js";
import { mayBeOnline, unref } from "./small.js";
import type { Rejection, WireEvent } from "./types.js";

const maxBodyBytes = 2 * 1024 * 1024;
/** Browsers allow 64 KiB to all requests that outlive a page together. */
const leavingBytesMax = 60_000;

const documentOf = (batch: readonly Entry[]): string => `{"sent_at":"${new Date().toISOString()}","events":[${batch.map((e) => e.json).join(",")}]}`;

export class Sender {
  #running: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #timerAt = 0;
  #leavingBytes = 0;
  #closed = false;
  readonly #abort = new AbortController();

  constructor(
    private readonly backlog: Backlog,
    private readonly poster: Poster,
    private readonly pace: Pace,
    private readonly report: Report,
    private readonly options: { intervalMs: number; maxBatch: number },
  ) {}

  /** Sees to it that what waits is sent within the interval, or at once when a batch is full. */
  wake(): void {
    if (this.backlog.length > 0) this.schedule(this.backlog.length >= this.options.maxBatch ? 0 : this.options.intervalMs);
  }

  schedule(delayMs: number): void {
    if (this.#closed) return;
    const at = Math.max(Date.now() + delayMs, this.pace.nextAt);
    if (this.#timer && this.#timerAt <= at) return;
    this.#clearTimer();
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.run();
    }, Math.min(at - Date.now(), 0x7fffffff));
    unref(this.#timer);
  }

  /** Until the backlog is empty or an attempt failed; one run at a time. */
  run(): Promise<void> {
    return (this.#running ??= this.#loop().catch((error: unknown) => this.report.error(error)).finally(() => {
      this.#running = null;
      if (this.backlog.length > 0) this.schedule(this.options.intervalMs);
    }));
  }

  online(): void {
    this.pace.online();
    this.#clearTimer();
    if (this.backlog.length > 0) this.schedule(0);
  }

  /** Sends the front of the queue in a request that outlives the page. */
  leave(): void {
    if (this.#closed || this.pace.isQuiet || !mayBeOnline()) return;
    const batch = this.backlog.take(this.options.maxBatch, leavingBytesMax - this.#leavingBytes - 64, true);
    if (batch.length === 0) return;
    const bytes = batch.reduce((sum, e) => sum + e.bytes + 1, 64);
    for (const entry of batch) entry.leaving = true;
    this.#leavingBytes += bytes;
    this.report.stats.requests++;
    void this.poster.postLeaving(documentOf(batch)).then((receipt) => {
      if (receipt) this.#acknowledge(batch, receipt);
      this.#leavingBytes -= bytes;
      for (const entry of batch) entry.leaving = false;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#abort.abort();
    this.#clearTimer();
    await this.#running;
  }

  #clearTimer(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #loop(): Promise<void> {
    while (!this.#closed && this.pace.mayTry()) {
      const batch = this.backlog.take(this.options.maxBatch, maxBodyBytes);
      if (batch.length === 0) {
        const { writing } = this.backlog;
        if (!writing) return;
        await writing;
        continue;
      }
      if (!mayBeOnline()) return this.pace.offline(); // until the `online` event, or the longest wait
      for (const entry of batch) entry.flying = true;
      try {
        if (!(await this.#send(batch))) return;
      } finally {
        for (const entry of batch) entry.flying = false;
      }
    }
  }

  /** True: settled, go on. False: kept, a retry is due. */
  async #send(all: readonly Entry[]): Promise<boolean> {
    const batch = all.filter((e) => !e.gone);
    if (batch.length === 0) return true;
    const outcome = await this.poster.post(documentOf(batch), this.#abort.signal, () => void this.report.stats.requests++);
    switch (outcome.kind) {
      case "answered":
        this.#acknowledge(batch, outcome.answer);
        this.pace.succeeded();
        return true;
      case "later":
        if (!this.#closed) this.#retry(outcome.error, outcome.afterMs, outcome.slow);
        return false;
      case "refused": {
        // One of them is to blame: halve until it stands alone.
        if (batch.length > 1) {
          const half = batch.length >> 1;
          return (await this.#send(batch.slice(0, half))) && (await this.#send(batch.slice(half)));
        }
        const { status, code, detail } = outcome;
        for (const entry of batch) if (!entry.gone) this.#reject(entry, { code, detail, status });
        this.backlog.forget(batch);
        return true;
      }
    }
  }

  #acknowledge(batch: readonly Entry[], { rejected }: Receipt): void {
    const refused = new Set<Entry>();
    for (const { index, code, detail, field, limit } of rejected) {
      const entry = batch[index];
      if (!entry || entry.gone || refused.has(entry)) continue;
      refused.add(entry);
      this.#reject(entry, { code: code ?? "rejected", detail: detail ?? "", status: 200, ...(field === undefined ? {} : { field }), ...(limit === undefined ? {} : { limit }) });
    }
    this.report.stats.accepted += batch.filter((e) => !e.gone && !refused.has(e)).length;
    this.backlog.forget(batch);
  }

  #reject(entry: Entry, why: Omit<Rejection, "event">): void {
    this.report.rejected({ event: JSON.parse(entry.json) as WireEvent, ...why });
  }

  #retry(error: unknown, afterMs: number, slow: boolean): void {
    this.report.stats.retries++;
    this.pace.failed(afterMs, slow);
    this.report.error(error);
    this.#clearTimer();
    this.schedule(0);
  }
}
