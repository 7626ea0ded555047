import { unref } from "../small.js";
import { frameOf, type Frame } from "./messages.js";

export interface ConnectionOptions {
  url: string;
  WebSocket: typeof WebSocket;
  /** After so long a silence the server is asked whether it is there, */
  pingAfterMs: number;
  /** and has so long to say anything. Also the time to connect and authenticate in. */
  answerWithinMs: number;
}

export interface ConnectionEvents {
  authenticated(): void;
  heard(frame: Frame): void;
  /** Once, and nothing comes after it. `code` is that of the closing frame; 1006 when there was none. */
  ended(code: number, reason: string): void;
}

/** One socket, from its opening to its end. A peer that is gone without a word is noticed by its silence. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #events: ConnectionEvents;
  readonly #options: ConnectionOptions;
  #token: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;
  #greeted = false;

  constructor(token: string, options: ConnectionOptions, events: ConnectionEvents) {
    this.#token = token;
    this.#options = options;
    this.#events = events;
    this.#socket = new options.WebSocket(options.url);
    this.#socket.onopen = () => this.authenticate(token);
    this.#socket.onmessage = (message) => this.#heard(message.data);
    this.#socket.onclose = (close) => this.#end(close.code, close.reason);
    this.#socket.onerror = () => this.#end(1006, "failed"); // not every WebSocket closes after it
    this.#expectAnswer();
  }

  /** The token that the server was last given. */
  get token(): string {
    return this.#token;
  }

  get isReady(): boolean {
    return this.#greeted && !this.#over;
  }

  authenticate(token: string): void {
    this.#token = token;
    this.send({ type: "authenticate", data: { token } });
  }

  send(frame: Frame): void {
    if (!this.#over && this.#socket.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  /** Asks now whether the server is there. */
  ask(): void {
    if (!this.isReady) return;
    this.send({ type: "ping" });
    this.#expectAnswer();
  }

  close(): void {
    this.#end(1000, "closed here");
  }

  #heard(text: unknown): void {
    if (this.#over) return;
    this.#after(this.#options.pingAfterMs, () => this.ask());
    const frame = frameOf(text);
    if (!frame || frame.type === "pong") return;
    if (frame.type === "authenticated") {
      if (this.#greeted) return; // a new token was taken
      this.#greeted = true;
      return this.#events.authenticated();
    }
    this.#events.heard(frame);
  }

  #expectAnswer(): void {
    this.#after(this.#options.answerWithinMs, () => this.#end(1006, "silent"));
  }

  #after(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
    unref(this.#timer);
  }

  #end(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.onerror = () => undefined; // some WebSockets end the process over an error that nobody hears
    this.#socket.close(); // its handshake may never come to an end: nobody waits for it
    this.#events.ended(code, reason);
  }
}
