import { endSession, session } from './session';

/** What went wrong, in the server's own words (RFC 9457 problem+json, or a GraphQL error). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly field?: string,
    readonly requestId?: string,
    readonly limit?: string,
  ) {
    super(detail);
    this.name = 'Problem';
  }
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  /** A body that is JSON already. */
  text?: string;
  app?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Only over this version of what is changed. */
  ifMatch?: number;
  /** The same for every try of one act, so that it is done once. */
  idempotencyKey?: string;
  /** Sign-in calls answer 401 themselves; it says nothing about the session. */
  anonymous?: boolean;
}

export async function call<T>(path: string, options: Call = {}): Promise<T> {
  const response = await send(path, options);
  if (response.status === 401 && !options.anonymous) endSession();
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

async function send(path: string, options: Call): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  const token = session()?.token;
  if (token && !options.anonymous) headers.Authorization = `Bearer ${token}`;
  if (options.app) headers['Gamekeeper-App'] = options.app;
  if (options.ifMatch !== undefined) headers['If-Match'] = `"${options.ifMatch}"`;
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey;
  const body = options.text ?? (options.body === undefined ? null : JSON.stringify(options.body));
  if (body !== null) headers['Content-Type'] = 'application/json';
  try {
    return await fetch(path, {
      method: options.method ?? 'GET',
      headers,
      body,
      signal: options.signal ?? null,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, 'unreachable', 'The server does not answer. It may be restarting, or the network is down.');
  }
}

interface ProblemBody {
  code?: string;
  detail?: string;
  title?: string;
  field?: string;
  limit?: string;
  request_id?: string;
  errors?: GraphQLFault[];
}

export interface GraphQLFault {
  message: string;
  extensions?: { code?: string; field?: string; limit?: string; request_id?: string };
}

async function problemOf(response: Response): Promise<Problem> {
  const requestId = response.headers.get('X-Request-ID') ?? undefined;
  const body = (await response.json().catch(() => ({}))) as ProblemBody;
  const fault = body.errors?.[0];
  if (fault) return problemOfFault(fault, response.status, requestId);
  const detail = body.detail ?? body.title ?? `The server answered ${response.status}.`;
  return new Problem(response.status, body.code ?? 'unknown', detail, body.field, body.request_id ?? requestId, body.limit);
}

export function problemOfFault(fault: GraphQLFault, status: number, requestId?: string): Problem {
  const extra = fault.extensions ?? {};
  return new Problem(status, extra.code ?? 'unknown', fault.message, extra.field, extra.request_id ?? requestId, extra.limit);
}

export function query(parameters: Record<string, string | number | undefined | null>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : '';
}
