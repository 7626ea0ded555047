import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { fetchSeries } from '../../api/insight';
import type { Metric, Overview, Step } from '../../api/types';
import { Sparkline } from '../../charts/Sparkline';
import { Hint, Skeleton } from '../../parts/Page';
import { change, count, money } from '../../state/numbers';
import { useLive } from '../../state/live';
import { useNow } from '../../state/now';
import { iso } from '../../state/range';
import { useCurrency, useScope } from '../../state/scope';
import { ceilTo, dayMs, floorTo, quarterMs } from '../../state/zone';
import { t } from '../../text/en';

interface TileText {
  name: string;
  tip: string;
  metric: Metric;
  span: 'hour' | 'day';
  value: (overview: Overview, currency: string) => string;
}

const o = t.overview;
const tiles: TileText[] = [
  { name: o.online, tip: o.tips.online, metric: 'CONCURRENT_PLAYERS', span: 'hour', value: (v) => count(v.playersOnline) },
  { name: o.rate, tip: o.tips.rate, metric: 'EVENTS', span: 'hour', value: (v) => count(Math.round(v.eventsPerSecond * 10) / 10) },
  { name: o.active, tip: o.tips.active, metric: 'ACTIVE_PLAYERS', span: 'day', value: (v) => count(v.activeToday) },
  { name: o.fresh, tip: o.tips.fresh, metric: 'NEW_PLAYERS', span: 'day', value: (v) => count(v.newToday) },
  { name: o.open, tip: o.tips.open, metric: 'SESSIONS', span: 'hour', value: (v) => count(v.sessionsOpen) },
  { name: o.matches, tip: o.tips.matches, metric: 'MATCHES', span: 'day', value: (v) => count(v.matchesToday) },
  { name: o.revenue, tip: o.tips.revenue, metric: 'REVENUE', span: 'day', value: (v, currency) => money(v.revenueToday, currency) },
];

export function Tiles() {
  return <div className="tiles seven">{tiles.map((tile) => <Tile key={tile.metric} tile={tile} />)}</div>;
}

function Tile({ tile }: { tile: TileText }) {
  const { overview } = useLive();
  const currency = useCurrency();
  const trend = useTrend(tile.metric, tile.span, currency);
  return (
    <section className="tile" aria-label={tile.name}>
      <div className="tile-name">{tile.name}<Hint name={tile.name} text={tile.tip} /></div>
      <div className="tile-value" data-tile={tile.metric}>{overview ? tile.value(overview, currency) : <Skeleton height={26} width={90} />}</div>
      <div className="tile-foot">
        <Change trend={trend} span={tile.span} />
        <Sparkline values={trend?.values ?? []} />
      </div>
    </section>
  );
}

function Change({ trend, span }: { trend: Trend | undefined; span: 'hour' | 'day' }): ReactNode {
  if (!trend) return <span>{'\u00a0'}</span>;
  const moved = change(trend.now, trend.before);
  const note = moved ? (span === 'hour' ? o.vsHour : o.vsDay) : o.noBefore;
  return <span className="num" title={note}>{moved ?? t.common.none}<span className="sr"> {note}</span></span>;
}

interface Trend {
  values: number[];
  now: number;
  before: number;
}

/** The line of a number and its change: the last hour, or today since midnight UTC, against the same length before. */
function useTrend(metric: Metric, span: 'hour' | 'day', currency: string): Trend | undefined {
  const { app } = useScope();
  const now = useNow(60_000);
  const hourly = span === 'hour';
  const to = ceilTo(now + 1, quarterMs);
  const from = hourly ? to - 3_600_000 : floorTo(now, dayMs);
  const shift = hourly ? 3_600_000 : dayMs;
  const step: Step = hourly ? 'MINUTE' : 'HOUR';
  const series = (start: number, end: number, signal: AbortSignal) =>
    fetchSeries(app.id, { metric, from: iso(start), to: iso(end), step, timezone: 'UTC', currency: metric === 'REVENUE' ? currency : undefined }, signal);
  const answer = useQuery({
    queryKey: ['trend', app.id, metric, from, to, now], placeholderData: keepPreviousData, staleTime: 60_000,
    queryFn: async ({ signal }): Promise<Trend> => {
      const [here, past] = await Promise.all([series(from, to, signal), series(from - shift, to - shift, signal)]);
      const points = (here[0]?.points ?? []).filter((point) => Date.parse(point.time) <= Date.now());
      return { values: points.map((point) => point.value), now: here[0]?.total ?? 0, before: past[0]?.total ?? 0 };
    },
  });
  return answer.data;
}
