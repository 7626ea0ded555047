/** A refusal of the server (RFC 9457), or, with status 0, that no answer came: whether the call took effect is then unknown. */
export class Problem extends Error {
  override readonly name = "Problem";
  /** The stable reason, such as `already_queued`; `no_answer` with status 0. */
  readonly code: string;
  readonly status: number;
  readonly field: string | undefined;
  /** What would have been right, in the server's words. */
  readonly limit: string | undefined;
  /** How long to wait before trying again; 0 when nothing was said. */
  readonly retryAfterMs: number;
  readonly requestId: string | undefined;

  constructor(status: number, code: string, detail: string, more: ProblemDetails = {}) {
    super(detail || code, more.cause === undefined ? undefined : { cause: more.cause });
    this.status = status;
    this.code = code;
    this.field = more.field;
    this.limit = more.limit;
    this.retryAfterMs = more.retryAfterMs ?? 0;
    this.requestId = more.requestId;
  }

  /** Passes by itself: no network, an overloaded server, too many calls. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export interface ProblemDetails {
  field?: string | undefined;
  limit?: string | undefined;
  retryAfterMs?: number;
  requestId?: string | undefined;
  cause?: unknown;
}

/** Nobody is signed in, or the sign-in has ended for good. */
export const signedOut = (cause?: unknown): Problem => new Problem(401, "signed_out", "Nobody is signed in.", { cause });

export const noAnswer = (cause: unknown): Problem =>
  new Problem(0, "no_answer", cause instanceof Error ? cause.message : String(cause), { cause });

export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => "");
  const more = { retryAfterMs: seconds(response.headers.get("Retry-After")), requestId: response.headers.get("X-Request-ID") ?? undefined };
  try {
    const { code, detail, title, field, limit } = JSON.parse(text) as Record<string, unknown>;
    return new Problem(response.status, String(code ?? `http_${response.status}`), String(detail ?? title ?? ""), { ...more, field: word(field), limit: word(limit) });
  } catch {
    return new Problem(response.status, `http_${response.status}`, text.slice(0, 200), more); // not Gamekeeper's: something between
  }
}

const word = (value: unknown): string | undefined => (value === undefined || value === null ? undefined : String(value));

function seconds(header: string | null): number {
  const s = Number(header ?? "");
  return Number.isFinite(s) && s > 0 ? Math.min(s * 1000, 3_600_000) : 0;
}
