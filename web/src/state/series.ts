import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { fetchSeries, type SeriesAsk } from '../api/insight';
import type { Dimension, Filter, Metric, Series } from '../api/types';
import { linesOf, type ChartData } from '../charts/model';
import { t } from '../text/en';
import { useDeltas } from './live';
import { useNow } from './now';
import { before, iso, resolveRange, stepMs, type Range } from './range';
import { useAddress, useCurrency, useScope, useUsualRange, useZone } from './scope';

/** Metrics whose parts add up to the whole, so that “other” can be told. */
const additive: readonly Metric[] = ['EVENTS', 'ERRORS', 'NEW_PLAYERS', 'SESSIONS', 'REVENUE', 'MATCHES'];
const streamed: readonly Metric[] = ['EVENTS', 'ERRORS', 'ACTIVE_PLAYERS', 'SESSIONS', 'CONCURRENT_PLAYERS', 'MATCHES', 'NEW_PLAYERS'];

export interface SeriesChoice {
  metric: Metric;
  event?: string | undefined;
  split?: Dimension | undefined;
  filter?: Filter | undefined;
  step?: string | undefined;
}

export interface SeriesView {
  asked: SeriesAsk;
  range: Range;
  data: ChartData | undefined;
  /** Totals of the period before, by line; only when comparing. */
  previous: Map<string, number> | undefined;
  error: unknown;
  refetch: () => void;
}

/** One metric over the range of the address: split, compared and live. */
export function useSeries(choice: SeriesChoice): SeriesView {
  const { app } = useScope();
  const [search] = useAddress();
  const zone = useZone();
  const currency = useCurrency();
  const usual = useUsualRange();
  const now = useNow(60_000);
  const compare = search.compare === '1';
  const range = useMemo(
    () => resolveRange({ ...search, ...(choice.step === undefined ? {} : { step: choice.step }) }, zone, now + 1, usual, choice.metric),
    [search, zone, now, usual, choice.metric, choice.step],
  );
  const asked = askOf(choice, range, zone, currency);
  const earlier = askOf(choice, before(range), zone, currency);
  const live = range.name !== 'custom';
  const { from: _from, to: _to, ...shape } = asked;
  const shared = { placeholderData: keepPreviousData, refetchInterval: live ? 30_000 : (false as const) };

  const parts = useQuery({
    ...shared, queryKey: ['series', app.id, shape, asked.from, asked.to],
    queryFn: ({ signal }) => fetchParts(app.id, asked, signal),
  });
  const past = useQuery({
    ...shared, queryKey: ['series', app.id, shape, earlier.from, earlier.to], enabled: compare,
    queryFn: ({ signal }) => fetchParts(app.id, earlier, signal),
  });
  const deltas = useDeltas(choice.metric, range.step, choice.event || undefined, live && stepMs(range.step) <= 3_600_000 && !choice.split && !choice.filter && streamed.includes(choice.metric));

  const data = useMemo(
    () => (parts.data ? dataOf(parts.data, compare ? past.data : undefined, choice, range, deltas) : undefined),
    [parts.data, past.data, compare, choice, range, deltas],
  );
  const previous = useMemo(
    () => (compare && past.data ? new Map(past.data.series.map((s) => [nameOf(s, choice), s.total])) : undefined),
    [compare, past.data, choice],
  );
  return { asked, range, data, previous, error: parts.error ?? past.error, refetch: () => void parts.refetch() };
}

function askOf(choice: SeriesChoice, range: Range, timezone: string, currency: string): SeriesAsk {
  return {
    metric: choice.metric, from: iso(range.from), to: iso(range.to), step: range.step, timezone,
    event: choice.event || undefined, currency: choice.metric === 'REVENUE' ? currency : undefined,
    groupBy: choice.split, filter: choice.filter ? [choice.filter] : undefined, limit: choice.split ? 20 : undefined,
  };
}

interface Parts {
  series: Series[];
  whole: Series | undefined;
}

async function fetchParts(app: string, asked: SeriesAsk, signal: AbortSignal): Promise<Parts> {
  if (!asked.groupBy) return { series: await fetchSeries(app, asked, signal), whole: undefined };
  const all = additive.includes(asked.metric);
  const [series, whole] = await Promise.all([
    fetchSeries(app, asked, signal),
    all ? fetchSeries(app, { ...asked, groupBy: undefined, limit: undefined }, signal) : Promise.resolve([]),
  ]);
  return { series, whole: whole[0] };
}

function nameOf(series: Series, choice: SeriesChoice): string {
  return choice.split ? series.key || t.common.unknown : t.metrics[choice.metric].name;
}

function dataOf(parts: Parts, past: Parts | undefined, choice: SeriesChoice, range: Range, deltas: ReadonlyMap<number, number>): ChartData {
  const first = parts.series[0] ?? parts.whole;
  const times = first?.points.map((point) => Date.parse(point.time)) ?? [];
  const names = { other: t.common.other, unknown: choice.split ? t.common.unknown : t.metrics[choice.metric].name };
  const lines = linesOf(parts.series, parts.whole, additive.includes(choice.metric), names);
  const main = lines[0];
  if (!choice.split && main) {
    const length = stepMs(range.step);
    let last = times[times.length - 1] ?? 0;
    for (const [time, value] of [...deltas].sort(([a], [b]) => a - b)) {
      const i = times.indexOf(time);
      if (i >= 0) main.values[i] = Math.max(main.values[i]!, value); // counts only grow: an old delta never undoes an answer
      else if (time - last === length) {
        times.push(time);
        main.values.push(value);
        last = time;
      }
    }
    const old = past?.series[0];
    if (old) lines.push({ name: t.events.previous, values: old.points.slice(0, times.length).map((p) => p.value), total: old.total, role: 'previous' });
  }
  const end = times[times.length - 1];
  return { times, lines, step: range.step, filling: end !== undefined && end + stepMs(range.step) > Date.now() };
}
