// Counts what happens and tells the game. Its callbacks never break the client.
import type { ClientStats, Drop, EventClientOptions, Rejection, WireEvent } from "./types.js";

type Callbacks = Pick<EventClientOptions, "onRejected" | "onDropped" | "onError">;

export class Report {
  readonly stats: Omit<ClientStats, "pending"> = { accepted: 0, rejected: 0, dropped: 0, requests: 0, retries: 0, adopted: 0 };

  constructor(private readonly callbacks: Callbacks) {}

  rejected(rejection: Rejection): void {
    this.stats.rejected++;
    guard(() => this.callbacks.onRejected?.(rejection));
  }

  dropped(reason: Drop["reason"], count: number, events: WireEvent[] = []): void {
    this.stats.dropped += count;
    guard(() => this.callbacks.onDropped?.({ reason, count, total: this.stats.dropped, events }));
  }

  error(error: unknown): void {
    guard(() => this.callbacks.onError?.(error instanceof Error ? error : new Error(String(error))));
  }
}

function guard(call: () => void): void {
  try {
    call();
  } catch (error) {
    console.error(error);
  }
}
