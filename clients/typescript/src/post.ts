// One request: what is sent, and what its answer means.

export type Outcome =
  | { kind: "answered"; answer: Receipt }
  /** The document as a whole can never succeed. */
  | { kind: "refused"; status: number; code: string; detail: string }
  /** Keep it; `slow` when nothing will change soon. */
  | { kind: "later"; error: unknown; afterMs: number; slow: boolean };

export interface Receipt {
  accepted: number;
  rejected: Array<{ index: number; code?: string; detail?: string; field?: string; limit?: string }>;
}

export interface PostOptions {
  url: string;
  key: string;
  fetch: typeof fetch;
  compress: boolean;
  timeoutMs: number;
}

const compressFrom = 1024;

export class Poster {
  #compress: boolean;

  constructor(private readonly options: PostOptions) {
    this.#compress = options.compress && typeof CompressionStream !== "undefined";
  }

  async post(text: string, signal: AbortSignal, onRequest: () => void): Promise<Outcome> {
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    signal.addEventListener("abort", stop);
    const timer = setTimeout(stop, this.options.timeoutMs);
    try {
      const gzip = this.#compress && text.length > compressFrom;
      const payload = gzip ? await gzipped(text) : text;
      onRequest();
      const response = await this.options.fetch(this.options.url, {
        method: "POST", body: payload, signal: abort.signal, credentials: "omit", cache: "no-store",
        headers: { ...this.#headers(), ...(gzip ? { "Content-Encoding": "gzip" } : {}) },
      });
      if (response.status === 200) return { kind: "answered", answer: receiptOf(await response.json()) };
      if (response.status === 415 && gzip) {
        await response.body?.cancel();
        this.#compress = false;
        return await this.post(text, signal, onRequest);
      }
      return await refusalOf(response, this.options.url);
    } catch (error) {
      return { kind: "later", error, afterMs: 0, slow: false };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  /** A request that outlives its page: plain, for gzip would come too late. Null when it was not answered for. */
  async postLeaving(text: string): Promise<Receipt | null> {
    try {
      const response = await this.options.fetch(this.options.url, { method: "POST", keepalive: true, credentials: "omit", body: text, headers: this.#headers() });
      return response.status === 200 ? receiptOf(await response.json()) : null;
    } catch {
      return null;
    }
  }

  #headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.options.key}`, "Content-Type": "application/json" };
  }
}

const gzipped = (text: string): Promise<ArrayBuffer> =>
  new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();

/** A hotel's sign-in page also says 200. */
function receiptOf(answer: unknown): Receipt {
  const { accepted, rejected } = (answer ?? {}) as Partial<Receipt>;
  if (typeof accepted !== "number" || !Array.isArray(rejected)) throw new Error("the answer is not one of Gamekeeper's");
  return { accepted, rejected };
}

async function refusalOf(response: Response, url: string): Promise<Outcome> {
  const { status } = response;
  const afterMs = retryAfter(response.headers.get("Retry-After"));
  const problem = await response.text().then(parseProblem, () => ({ code: `http_${status}`, detail: "" }));
  if (status === 400 || status === 413 || status === 422) return { kind: "refused", status, ...problem };
  return { kind: "later", error: new Error(`${url}: ${status} ${problem.code} ${problem.detail}`.trim()), afterMs, slow: isLasting(status) };
}

/** Not the events' fault and not soon over: a wrong key or address. Kept, tried rarely. */
const isLasting = (status: number): boolean => status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429;

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
