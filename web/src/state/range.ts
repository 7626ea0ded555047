import type { Metric, Step } from '../api/types';
import type { Search } from './search';
import { ceilTo, dayMs, floorTo, quarterMs, startOfDay } from './zone';

const minute = 60_000;
const hour = 60 * minute;

export const ranges = ['15m', '1h', '6h', '24h', '7d', '30d', '90d'] as const;
export type RangeName = (typeof ranges)[number] | 'custom';

const lengths: Record<(typeof ranges)[number], number> = {
  '15m': 15 * minute, '1h': hour, '6h': 6 * hour, '24h': dayMs, '7d': 7 * dayMs, '30d': 30 * dayMs, '90d': 90 * dayMs,
};

export interface Range {
  name: RangeName;
  from: number;
  to: number;
  step: Step;
}

export const steps: Step[] = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'];

/** Metrics that count players know no minutes. */
export const hourly: readonly Metric[] = ['ACTIVE_PLAYERS', 'PAYERS', 'NEW_PLAYERS'];

const rough: Record<Step, number> = {
  MINUTE: minute, HOUR: hour, DAY: dayMs, WEEK: 7 * dayMs, MONTH: 30 * dayMs, YEAR: 365 * dayMs,
};

const youngMs = 6 * hour;

/** The range of an address that names none: a day, or for an app made just now, whose day is still empty, an hour. */
export const usualRange = (madeAt: string, now: number): (typeof ranges)[number] => (now - Date.parse(madeAt) < youngMs ? '1h' : '24h');

export function rangeName(search: Search, usual: (typeof ranges)[number]): RangeName {
  if (customRange(search)) return 'custom';
  return ranges.find((name) => name === search.range) ?? usual;
}

/** The range as the server wants it: on minutes, or on quarter hours, and from a bucket's beginning where it is live. */
export function resolveRange(search: Search, zone: string, now: number, usual: (typeof ranges)[number], metric: Metric = 'EVENTS'): Range {
  const name = rangeName(search, usual);
  const custom = name === 'custom' ? customRange(search) : null;
  const to = custom?.to ?? now;
  const length = custom ? custom.to - custom.from : lengths[name === 'custom' ? usual : name];
  const step = pickStep(search.step, length, metric);
  const grain = step === 'MINUTE' && !hourly.includes(metric) ? minute : quarterMs;
  const end = ceilTo(to, grain);
  const from = custom ? floorTo(custom.from, grain) : liveStart(end - length, step, zone, grain, name, now);
  return { name: custom ? 'custom' : name === 'custom' ? usual : name, from, to: Math.max(end, from + grain), step };
}

function liveStart(at: number, step: Step, zone: string, grain: number, name: RangeName, now: number): number {
  if (step === 'MINUTE') return floorTo(at, grain);
  if (step === 'HOUR') return floorTo(at, hour);
  const days = name === '90d' ? 89 : name === '30d' ? 29 : name === '7d' ? 6 : 0;
  return startOfDay(zone, now, days);
}

function customRange(search: Search): { from: number; to: number } | null {
  const from = Date.parse(search.from ?? '');
  const to = Date.parse(search.to ?? '');
  return Number.isFinite(from) && Number.isFinite(to) && from < to ? { from, to } : null;
}

export function pickStep(wanted: string | undefined, length: number, metric: Metric): Step {
  const playersOnly = hourly.includes(metric);
  const chosen = steps.find((step) => step === wanted);
  if (chosen && !(chosen === 'MINUTE' && playersOnly) && length / rough[chosen] <= 5_000) return chosen;
  if (length <= 6 * hour && !playersOnly) return 'MINUTE';
  if (length <= 7 * dayMs) return 'HOUR';
  return length <= 200 * dayMs ? 'DAY' : 'WEEK';
}

/** The period before, of the same length, shifted so that its buckets stand at the same time of the hour or day. */
export function before(range: Range): Range {
  const unit = range.step === 'MINUTE' || range.step === 'HOUR' ? rough[range.step] : dayMs;
  const shift = range.name === 'custom' ? ceilTo(range.to - range.from, unit) : lengths[range.name];
  return { ...range, from: range.from - shift, to: range.to - shift };
}

export const iso = (at: number) => new Date(at).toISOString();
export const stepMs = (step: Step) => rough[step];
