import { call, query, type Page } from './http';
import { setSession } from './session';
import type { ApiKey, App, AppSettings, AuditEntry, DeadLetter, KeyKind, NewApiKey, Pipeline, ServerInfo } from './types';

const admin = '/api/v1/admin';
const part = encodeURIComponent;

interface SignedIn {
  access_token: string;
  expires_in: number;
  username: string;
  role: string;
}

function keep(answer: SignedIn): void {
  const expiresAt = Date.now() + answer.expires_in * 1000;
  setSession({ token: answer.access_token, username: answer.username, role: answer.role, expiresAt });
}

export async function signInByLink(token: string): Promise<void> {
  keep(await call<SignedIn>(`${admin}/signin-link`, { method: 'POST', body: { token }, anonymous: true }));
}

export async function signIn(username: string, password: string): Promise<void> {
  keep(await call<SignedIn>(`${admin}/login`, { method: 'POST', body: { username, password }, anonymous: true }));
}

/** Ends the token on the server as well, so that whoever kept a copy has nothing. */
export async function signOut(): Promise<void> {
  await call<void>(`${admin}/logout`, { method: 'POST' }).catch(() => undefined);
  setSession(null);
}

export const fetchInfo = (app: string, signal?: AbortSignal) => call<ServerInfo>(`${admin}/info`, { app, signal });

export async function fetchApps(signal?: AbortSignal): Promise<App[]> {
  return (await call<Page<App>>(`${admin}/apps${query({ limit: 1000 })}`, { signal })).items;
}

export const createApp = (body: { id: string; name?: string; settings?: AppSettings }) =>
  call<App>(`${admin}/apps`, { method: 'POST', body });

export const saveSettings = (app: string, settings: AppSettings) =>
  call<App>(`${admin}/apps/${part(app)}`, { method: 'PUT', body: { settings }, app });

export async function fetchKeys(app: string, signal?: AbortSignal): Promise<ApiKey[]> {
  return (await call<Page<ApiKey>>(`${admin}/apps/${part(app)}/keys${query({ limit: 1000 })}`, { app, signal })).items;
}

export const createKey = (app: string, body: { kind: KeyKind; name: string }) =>
  call<NewApiKey>(`${admin}/apps/${part(app)}/keys`, { method: 'POST', body, app });

export const revokeKey = (app: string, id: string) =>
  call<void>(`${admin}/apps/${part(app)}/keys/${part(id)}`, { method: 'DELETE', app });

export const fetchAudit = (app: string, cursor: string | undefined, signal?: AbortSignal) =>
  call<Page<AuditEntry>>(`${admin}/audit${query({ limit: 50, cursor })}`, { app, signal });

export const fetchPipeline = (app: string, signal?: AbortSignal) => call<Pipeline>(`${admin}/pipeline`, { app, signal });

export const fetchDeadLetters = (app: string, cursor: string | undefined, signal?: AbortSignal) =>
  call<Page<DeadLetter>>(`${admin}/dead-letters${query({ limit: 50, cursor })}`, { app, signal });

/** `event` is the text of a JSON object, and travels as it is. */
export const mendDeadLetter = (app: string, id: string, event: string) =>
  call<void>(`${admin}/dead-letters/${part(id)}`, { method: 'PUT', text: `{"event":${event}}`, app });

export interface ReplayAnswer {
  accepted: number;
  rejected: { index?: number; id?: string; code: string; detail: string; field?: string }[] | number;
}

export const replayDeadLetters = (app: string, ids: string[]) =>
  call<ReplayAnswer>(`${admin}/dead-letters/replay`, { method: 'POST', body: { ids }, app });

export const deleteDeadLetter = (app: string, id: string) =>
  call<void>(`${admin}/dead-letters/${part(id)}`, { method: 'DELETE', app });

/** The page shows whatever engines the server names, so the shape is open. */
export type Health = { status: string } & Record<string, unknown>;

export const fetchHealth = (app: string, signal?: AbortSignal) => call<Health>('/health/detailed', { app, signal });
