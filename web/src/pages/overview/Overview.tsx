import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { fetchEventNames } from '../../api/insight';
import type { Metric } from '../../api/types';
import { Chart } from '../../charts/Chart';
import { useInfo } from '../../frame/Rail';
import { PageHead, Panel, Skeleton } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { change, compact, count, money } from '../../state/numbers';
import { useLive } from '../../state/live';
import { keptSearch } from '../../state/search';
import { resolveRange } from '../../state/range';
import { useAddress, useCurrency, useScope, useUsualRange, useZone } from '../../state/scope';
import { useSeries } from '../../state/series';
import { t } from '../../text/en';
import { FirstEvent } from './FirstEvent';
import { Tiles } from './Tiles';

export default function Overview() {
  const { app } = useScope();
  const { error, overview } = useLive();
  const info = useInfo();
  const names = useQuery({
    queryKey: ['names', app.id], queryFn: ({ signal }) => fetchEventNames(app.id, signal),
    refetchInterval: ({ state }) => (state.data?.length === 0 ? 2_000 : false),
  });
  const empty = names.data?.length === 0 && (overview?.activeToday ?? 0) === 0;
  return (
    <>
      <PageHead title={t.overview.title}>
        {info.data?.simulated && <span className="chip accent only-phone">{t.top.simulated}</span>}
      </PageHead>
      {error && !overview ? <ProblemCard error={error} /> : empty ? <FirstEvent /> : <Numbers />}
    </>
  );
}

function Numbers() {
  const [search] = useAddress();
  const usual = useUsualRange();
  const range = resolveRange(search, useZone(), Date.now(), usual);
  const short = range.to - range.from <= 6 * 3_600_000;
  return (
    <>
      <Tiles />
      <div className="grid">
        <MetricPanel metric="EVENTS" title={t.overview.eventsChart} />
        {/* Distinct players are counted by the hour: over a few hours the players at once say more. */}
        {short ? <MetricPanel metric="CONCURRENT_PLAYERS" title={t.metrics.CONCURRENT_PLAYERS.name} /> : <MetricPanel metric="ACTIVE_PLAYERS" title={t.overview.playersChart} />}
        <MetricPanel metric="SESSIONS" title={t.overview.sessionsChart} />
        <MetricPanel metric="REVENUE" title={t.overview.revenueChart} />
      </div>
    </>
  );
}

function MetricPanel({ metric, title }: { metric: Metric; title: string }) {
  const zone = useZone();
  const currency = useCurrency();
  const [search] = useAddress();
  const choice = useMemo(() => ({ metric }), [metric]);
  const view = useSeries(choice);
  const format = (value: number) => (metric === 'REVENUE' ? money(value, currency) : count(value));
  const main = view.data?.lines[0];
  const before = view.previous?.get(t.metrics[metric].name);
  const total = main ? (metric === 'EVENTS' ? main.values.reduce((a, b) => a + b, 0) : main.total) : 0;
  const moved = before === undefined ? null : change(total, before);
  return (
    <Panel title={title} hint={t.metrics[metric].counted} aside={main && (
      <span className="row num" style={{ fontSize: '0.8125rem' }}>
        {moved && <span className="muted">{moved}</span>}<b>{format(total)}</b>
        <Link to="/events" search={{ ...keptSearch(search), metric } as never} aria-label={`${t.overview.explore}: ${title}`}>{t.overview.explore}</Link>
      </span>
    )}>
      {view.error && !view.data ? <ProblemCard error={view.error} onRetry={view.refetch} />
        : !view.data ? <Skeleton height={220} />
          : view.data.lines.length === 0 ? <div className="chart-empty" style={{ height: 220 }}>{t.events.none}</div>
            : (
              <Chart data={view.data} zone={zone} height={220} group="overview" fillingNote={t.events.filling} format={format}
                formatAxis={compact}
                label={`${t.events.summary(title, t.ranges[view.range.name])}: ${format(total)}`} />
            )}
    </Panel>
  );
}
