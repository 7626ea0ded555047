import { ask, type Variables } from './graphql';
import { call, query } from './http';
import type { Cohort, Dimension, Filter, Ledger, Metric, Overview, Series, Step } from './types';

export const overviewFields = `playersOnline eventsPerSecond activeToday newToday sessionsOpen matchesToday
    revenueToday(currency: $currency) freshnessMs`;

export const overviewDocument = `query Overview($currency: String!) {
  overview {
    ${overviewFields}
  }
}`;

export const overviewStream = `subscription Overview($currency: String!) {
  overview {
    ${overviewFields}
  }
}`;

export const seriesStream = `subscription Series($metric: Metric!, $step: Step!, $event: String) {
  series(metric: $metric, step: $step, event: $event) { key time value }
}`;

const seriesDocument = `query Series($metric: Metric!, $from: DateTime!, $to: DateTime!, $step: Step!, $event: String,
  $currency: String, $groupBy: Dimension, $filter: [Filter!], $limit: Int, $timezone: String) {
  series(metric: $metric, from: $from, to: $to, step: $step, event: $event, currency: $currency, groupBy: $groupBy,
    filter: $filter, limit: $limit, timezone: $timezone) {
    key
    total
    totalAmount
    points { time value amount }
  }
}`;

const retentionDocument = `query Retention($from: Date!, $to: Date!, $days: [Int!]!, $filter: [Filter!], $timezone: String) {
  retention(from: $from, to: $to, days: $days, filter: $filter, timezone: $timezone) {
    cohorts { date size retained }
  }
}`;

export interface SeriesAsk {
  metric: Metric;
  from: string;
  to: string;
  step: Step;
  timezone: string;
  event?: string | undefined;
  currency?: string | undefined;
  groupBy?: Dimension | undefined;
  filter?: Filter[] | undefined;
  limit?: number | undefined;
}

/** A question as GraphiQL shows it. */
export interface Question {
  document: string;
  variables: Variables;
}

export function seriesQuestion(asked: SeriesAsk): Question {
  const { metric, currency, ...rest } = asked;
  const variables: Variables = { metric, ...rest, ...(metric === 'REVENUE' ? { currency: currency ?? 'USD' } : {}) };
  for (const key of Object.keys(variables)) if (variables[key] === undefined) delete variables[key];
  return { document: seriesDocument, variables };
}

export async function fetchSeries(app: string, asked: SeriesAsk, signal?: AbortSignal): Promise<Series[]> {
  const { document, variables } = seriesQuestion(asked);
  return (await ask<{ series: Series[] }>(app, document, variables, signal)).series;
}

export async function fetchOverview(app: string, currency: string, signal?: AbortSignal): Promise<Overview> {
  return (await ask<{ overview: Overview }>(app, overviewDocument, { currency }, signal)).overview;
}

export interface RetentionAsk {
  from: string;
  to: string;
  days: number[];
  timezone: string;
  filter?: Filter[] | undefined;
}

export function retentionQuestion(asked: RetentionAsk): Question {
  const variables: Variables = { ...asked };
  if (!asked.filter?.length) delete variables.filter;
  return { document: retentionDocument, variables };
}

export async function fetchRetention(app: string, asked: RetentionAsk, signal?: AbortSignal): Promise<Cohort[]> {
  const { document, variables } = retentionQuestion(asked);
  return (await ask<{ retention: { cohorts: Cohort[] } }>(app, document, variables, signal)).retention.cohorts;
}

export async function fetchLedger(app: string, signal?: AbortSignal): Promise<Ledger> {
  const document = '{ ledger { pending balanced rows { key accepted stored repeated dropped rejected } } }';
  return (await ask<{ ledger: Ledger }>(app, document, {}, signal)).ledger;
}

export interface EventName {
  name: string;
  count: number;
}

export async function fetchEventNames(app: string, signal?: AbortSignal): Promise<EventName[]> {
  return (await call<{ items: EventName[] }>(`/api/v1/admin/events/names${query({ limit: 1000 })}`, { app, signal })).items;
}
