// When the next attempt may be made.

/** Exponential with full jitter, and never before the server's Retry-After. */
export class Pace {
  #attempt = 0;
  /** The server asked for silence until then; not even flush() breaks it. */
  #quietUntil = 0;
  /** Our own wait after a failure. */
  #waitUntil = 0;

  constructor(private readonly firstMs: number, private readonly longestMs: number) {}

  get nextAt(): number {
    return Math.max(this.#quietUntil, this.#waitUntil);
  }

  get isQuiet(): boolean {
    return Date.now() < this.#quietUntil;
  }

  mayTry(): boolean {
    return Date.now() >= this.nextAt;
  }

  /** `slow`: nothing that passes soon. */
  failed(afterMs: number, slow: boolean): void {
    const ceiling = slow ? this.longestMs : Math.min(this.longestMs, this.firstMs * 2 ** Math.min(this.#attempt, 30));
    this.#attempt++;
    const jitter = Math.random() * ceiling;
    const now = Date.now();
    if (afterMs > 0) this.#quietUntil = now + afterMs;
    this.#waitUntil = now + afterMs + (slow ? ceiling / 2 + jitter / 2 : jitter);
  }

  succeeded(): void {
    this.#attempt = 0;
    this.#waitUntil = this.#quietUntil = 0;
  }

  /** Somebody asks for an attempt now. */
  hurry(): void {
    this.#waitUntil = 0;
  }

  /** The network is back: earlier failures say nothing any more. */
  online(): void {
    this.#attempt = 0;
    this.#waitUntil = 0;
  }

  /** No network: until it is said to be back, or the longest wait. */
  offline(): void {
    this.#waitUntil = Date.now() + this.longestMs;
  }
}
