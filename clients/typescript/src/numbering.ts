// Which session and which number an event gets. No clock, no storage: the caller says when, and keeps what comes out.
import { uuid } from "./small.js";
import type { Properties, SessionProperties, WireEvent } from "./types.js";

export interface Session {
  id: string;
  player: string;
  /** The number of its next event. */
  next: number;
  lastAt: number;
  /** Properties of its session_start; null when it was never started by name. */
  started: SessionProperties | null;
}

export class Numbering {
  #session: Session | null = null;
  /** The session came from an earlier page or process, and nobody has asked for a new one since. */
  #resumed = false;

  constructor(private player: string, private readonly idleMs: number) {}

  get session(): Readonly<Session> | null {
    return this.#session;
  }

  /** After an idle time the event opens a new session, begun like the last one. */
  track(name: string, properties: Properties | undefined, time: number | string, at: number): WireEvent[] {
    const before: WireEvent[] = [];
    if (!this.#session) this.#open(at);
    else if (at - this.#session.lastAt >= this.idleMs) before.push(...this.#reopen(at, name !== "session_start"));
    return [...before, this.#number(name, properties, time, at)];
  }

  start(properties: SessionProperties, at: number): WireEvent[] {
    const session = this.#session;
    if (session && this.#resumed && at - session.lastAt < this.idleMs && JSON.stringify(session.started) === JSON.stringify(properties)) {
      this.#resumed = false;
      return [];
    }
    const before = session?.started ? [this.#number("session_end", undefined, Math.max(session.lastAt, at), at)] : [];
    this.#open(at);
    return [...before, this.#begin(properties, at)];
  }

  end(properties: Properties | undefined, at: number): WireEvent[] {
    if (!this.#session) return [];
    const event = this.#number("session_end", properties, at, at);
    this.#session = null;
    return [event];
  }

  setPlayer(player: string, at: number): WireEvent[] {
    if (player === this.player) return [];
    const before = this.#session?.started ? [this.#number("session_end", undefined, at, at)] : [];
    this.player = player;
    return [...before, ...this.restart(at)];
  }

  /** Leaves the session as it is and goes on in a new one, begun like it if it was begun. */
  restart(at: number): WireEvent[] {
    const started = this.#session?.started;
    this.#session = null;
    if (!started) return [];
    this.#open(at);
    return [this.#begin(started, at)];
  }

  /** Continues a session that was kept, past the numbers that are already given to `waiting`. */
  resume(kept: Session | null, waiting: readonly WireEvent[], at: number): void {
    if (!kept || kept.player !== this.player || at - kept.lastAt >= this.idleMs) return;
    for (const event of waiting) {
      if (event.session_id === kept.id) kept.next = Math.max(kept.next, event.seq + 1);
    }
    this.#session = kept;
    this.#resumed = true;
  }

  /** Moves these events, and what follows, to sessions of new names: their old numbers may be given again by another. */
  renumber(events: readonly WireEvent[]): void {
    const renamed = new Map<string, { id: string; next: number }>();
    const to = (old: string): { id: string; next: number } => {
      let session = renamed.get(old);
      if (!session) renamed.set(old, (session = { id: uuid(), next: 1 }));
      return session;
    };
    for (const event of events) {
      const session = to(event.session_id);
      event.session_id = session.id;
      event.seq = session.next++;
    }
    if (this.#session) Object.assign(this.#session, to(this.#session.id));
  }

  #open(at: number): Session {
    this.#resumed = false;
    return (this.#session = { id: uuid(), player: this.player, next: 1, lastAt: at, started: null });
  }

  #reopen(at: number, begin: boolean): WireEvent[] {
    const started = this.#session?.started;
    this.#open(at);
    return started && begin ? [this.#begin(started, at)] : [];
  }

  #begin(properties: SessionProperties, at: number): WireEvent {
    if (this.#session) this.#session.started = properties;
    return this.#number("session_start", properties, at, at);
  }

  #number(name: string, properties: Properties | undefined, time: number | string, at: number): WireEvent {
    const session = this.#session ?? this.#open(at);
    session.lastAt = Math.max(session.lastAt, at);
    const event: WireEvent = { name, player_id: session.player, session_id: session.id, seq: session.next++, time };
    if (properties) event.properties = properties;
    return event;
  }
}
