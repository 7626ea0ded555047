import { uuid } from "../small.js";
import { operations, type Operation, type Operations } from "./api_types.js";
import { noAnswer, Problem, problemOf } from "./problem.js";

/** What an operation is given: its parameters and the fields of its body, as one object. */
export type Input<N extends keyof Operations> = Operations[N]["parameters"] & Operations[N]["body"];
export type Answer<N extends keyof Operations> = Operations[N]["answer"];

export interface CallOptions {
  signal?: AbortSignal;
  /** Two calls with the same key take effect once. Calls that take one get one by themselves. */
  idempotencyKey?: string;
  /** The version that a change is based on. */
  ifMatch?: string | number;
}

export interface CallsOptions {
  /** Address of the server, `https://host`. */
  endpoint: string;
  /** The app's write key; may be left out while the server has one app. */
  key?: string | undefined;
  fetch?: typeof fetch | undefined;
  requestTimeoutMs?: number | undefined;
}

const attemptsMax = 3;
const longestWaitMs = 10_000;

/** Operations as HTTP requests. What is harmless to send again is sent again when the trouble passes by itself. */
export class Calls {
  readonly base: string;
  readonly #key: string | undefined;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;

  constructor(options: CallsOptions) {
    this.base = options.endpoint.replace(/\/+$/, "");
    this.#key = options.key;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#timeoutMs = options.requestTimeoutMs ?? 15_000;
  }

  /** In the name of whom `bearer` belongs to; without it, of somebody who is not signed in. Throws Problem. */
  async call<N extends keyof Operations>(name: N, input: Input<N>, bearer?: string, options: CallOptions = {}): Promise<Answer<N>> {
    const operation = operations[name];
    const { url, rest } = addressOf(this.base, operation, input as Record<string, unknown>);
    const headers: Record<string, string> = { Accept: "application/json" };
    if (bearer) headers.Authorization = `Bearer ${bearer}`;
    else if (this.#key) headers["X-API-Key"] = this.#key;
    if (operation.takesKey) headers["Idempotency-Key"] = options.idempotencyKey ?? uuid();
    if (options.ifMatch !== undefined) headers["If-Match"] = `"${options.ifMatch}"`;
    const init: RequestInit = { method: operation.method, headers, credentials: "omit", cache: "no-store" };
    if (operation.takesBody) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(rest);
    }
    const mayRepeat = operation.method === "GET" || operation.takesKey;
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#send(url, init, options.signal)) as Answer<N>;
      } catch (error) {
        if (!(error instanceof Problem) || !error.isPassing || !mayRepeat || attempt === attemptsMax || options.signal?.aborted) throw error;
        if (error.retryAfterMs > longestWaitMs) throw error;
        await pause(error.retryAfterMs + Math.random() * 250 * 2 ** attempt);
      }
    }
  }

  async #send(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<unknown> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${this.#timeoutMs} ms`)), this.#timeoutMs);
    const stop = (): void => late.abort(signal?.reason);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    try {
      const response = await this.#fetch(url, { ...init, signal: late.signal });
      if (!response.ok) throw await problemOf(response);
      return response.status === 204 ? undefined : await response.json();
    } catch (error) {
      throw error instanceof Problem ? error : noAnswer(error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }
}

/** Splits what was given into the address and the rest, which is the body. */
function addressOf(base: string, operation: Operation, input: Record<string, unknown>): { url: string; rest: Record<string, unknown> } {
  const rest = { ...input };
  const take = (name: string): unknown => {
    const value = rest[name];
    delete rest[name];
    return value;
  };
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(take(name))));
  const query = new URLSearchParams();
  for (const name of operation.query) {
    const value = take(name);
    if (value !== undefined) query.set(name, String(value));
  }
  const asked = query.toString();
  return { url: `${base}${path}${asked ? `?${asked}` : ""}`, rest };
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
