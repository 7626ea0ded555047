import { call, query, type Page } from './http';

export interface Words {
  title: string;
  body: string;
}

/** By locale. */
export type Wordings = Record<string, Words>;

export interface NotificationTemplate {
  name: string;
  words: Wordings;
  variables: string[];
  built_in: boolean;
  version: number;
}

/** `{all: true}`, or players who meet all that is asked. */
export interface Segment {
  all?: true;
  players?: string[];
  rating?: { min?: number; max?: number };
  last_seen?: { since?: string; before?: string };
}

export interface Message {
  id: string;
  by: string;
  segment: Segment;
  words: Wordings;
  status: 'running' | 'done' | 'cancelled';
  players: number;
  looked_at: number;
  told: number;
  created_at: string;
  ended_at: string | null;
}

export interface Reach {
  players: number;
  looked_at: number;
  meant: number;
  whole: boolean;
}

export interface NewMessage {
  segment: Segment;
  template?: string;
  title?: string;
  body?: string;
  data?: Record<string, string>;
}

export interface Webhook {
  id: string;
  url: string;
  events: string[];
  enabled: boolean;
  created_at: string;
  failing_since: string | null;
  disabled_at: string | null;
}

export interface NewWebhook extends Webhook {
  secret: string;
}

export const deliveryStatuses = ['waiting', 'delivered', 'dead'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface Delivery {
  id: string;
  event: string;
  status: DeliveryStatus;
  attempts: number;
  created_at: string;
  next_at: string | null;
  ended_at: string | null;
  error: string | null;
}

/** What the backend tells by itself: these templates are there without being written. */
export const builtInTemplates: readonly string[] = ['match_found', 'match_result', 'season_ended', 'welcome'];

/** Facts that webhooks mostly ask for; any name will do. */
export const commonFacts = ['*', 'match.*', 'match.completed', 'match.formed', 'match.voided', 'player.*', 'player.registered', 'rating.changed', 'session.*', 'leaderboard.season_ended'] as const;

const messages = '/api/v1/admin/notifications', templates = '/api/v1/notification-templates', webhooks = '/api/v1/webhooks';
const part = encodeURIComponent;

export const fetchMessages = (app: string, cursor: string | undefined, signal?: AbortSignal) =>
  call<Page<Message>>(`${messages}${query({ limit: 50, cursor })}`, { app, signal });

/** The key is the same for every try of one message, so that it is sent once. */
export const sendMessage = (app: string, body: NewMessage, idempotencyKey: string) =>
  call<Message>(messages, { method: 'POST', body, app, idempotencyKey });

export const cancelMessage = (app: string, id: string) => call<Message>(`${messages}/${part(id)}`, { method: 'DELETE', app });

export const countSegment = (app: string, segment: Segment, signal?: AbortSignal) =>
  call<Reach>(`${messages}/reach`, { method: 'POST', body: { segment }, app, signal });

export async function fetchTemplates(app: string, signal?: AbortSignal): Promise<NotificationTemplate[]> {
  return (await call<Page<NotificationTemplate>>(`${templates}${query({ limit: 1000 })}`, { app, signal })).items;
}

export const saveTemplate = (app: string, name: string, body: { words: Wordings; variables?: string[] }, version: number) =>
  call<NotificationTemplate>(`${templates}/${part(name)}`, { method: 'PUT', body, app, ifMatch: version });

export const removeTemplate = (app: string, name: string) => call<void>(`${templates}/${part(name)}`, { method: 'DELETE', app });

export async function fetchWebhooks(app: string, signal?: AbortSignal): Promise<Webhook[]> {
  return (await call<Page<Webhook>>(webhooks, { app, signal })).items;
}

export const createWebhook = (app: string, body: { url: string; events: string[] }) => call<NewWebhook>(webhooks, { method: 'POST', body, app });

export const changeWebhook = (app: string, id: string, body: { url?: string; events?: string[]; enabled?: boolean }) =>
  call<Webhook>(`${webhooks}/${part(id)}`, { method: 'PUT', body, app });

export const rotateWebhook = (app: string, id: string, overlapSeconds: number) =>
  call<NewWebhook>(`${webhooks}/${part(id)}/rotate`, { method: 'POST', body: { overlap_seconds: overlapSeconds }, app });

export const deleteWebhook = (app: string, id: string) => call<void>(`${webhooks}/${part(id)}`, { method: 'DELETE', app });

export const fetchDeliveries = (app: string, webhook: string, status: string, cursor: string | undefined, signal?: AbortSignal) =>
  call<Page<Delivery>>(`${webhooks}/${part(webhook)}/deliveries${query({ limit: 50, status, cursor })}`, { app, signal });

/** Without ids all that are dead. */
export const retryDeliveries = (app: string, webhook: string, ids: string[]) =>
  call<{ retried: number }>(`${webhooks}/${part(webhook)}/deliveries/retry`, { method: 'POST', body: ids.length ? { ids } : {}, app });
