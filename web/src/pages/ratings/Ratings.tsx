import { SegmentedControl, Select } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { fetchRatingDistribution, fetchRatingQuality, fetchRatingQueues, type RatingQuality, type RatingQueue } from '../../api/ratings';
import { PageHead, Skeleton, Status } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { ago } from '../../state/numbers';
import { useNow } from '../../state/now';
import { useAddress, useScope } from '../../state/scope';
import { t } from '../../text/en';
import { Calibration } from './Calibration';
import { Drift } from './Drift';
import { Figures } from './Figures';
import { Spread } from './Spread';

const r = t.ratings;

export default function Ratings() {
  const { app } = useScope();
  const [{ queue: wanted }] = useAddress();
  const queues = useQuery({ queryKey: ['rating-queues', app.id], queryFn: ({ signal }) => fetchRatingQueues(app.id, signal), refetchInterval: 30_000 });
  const usual = queues.data?.find((one) => one.queue === 'default') ?? queues.data?.[0];
  const queue = wanted ?? usual?.queue;
  return (
    <>
      <PageHead title={r.title} lead={r.lead} />
      {queues.error && !queues.data ? <ProblemCard error={queues.error} onRetry={() => void queues.refetch()} />
        : !queues.data ? <Skeleton height={480} />
          : queue ? <Queue key={queue} queue={queue} queues={queues.data} /> : <section className="panel" aria-label={r.title}><div className="empty">{r.noQueues}</div></section>}
    </>
  );
}

function Queue({ queue, queues }: { queue: string; queues: RatingQueue[] }) {
  const { app } = useScope();
  const [{ view }, change] = useAddress();
  const table = view === 'table';
  const quality = useQuery({
    queryKey: ['rating-quality', app.id, queue], placeholderData: keepPreviousData, refetchInterval: 5_000,
    queryFn: ({ signal }) => fetchRatingQuality(app.id, queue, signal),
  });
  const spread = useQuery({
    queryKey: ['rating-distribution', app.id, queue], placeholderData: keepPreviousData, refetchInterval: 10_000,
    queryFn: ({ signal }) => fetchRatingDistribution(app.id, queue, signal),
  });
  const choices = queues.map((one) => ({ value: one.queue, label: r.queueChoice(one.queue, one.results) }));
  if (!queues.some((one) => one.queue === queue)) choices.push({ value: queue, label: queue });
  return (
    <div className="stack">
      <section className="panel" aria-label={r.queue}>
        <div className="controls" style={{ borderBottom: 0, alignItems: 'center' }}>
          <Select label={r.queue} value={queue} data={choices} searchable style={{ flexBasis: 260 }} onChange={(value) => value && change({ queue: value })} />
          <SegmentedControl size="xs" aria-label={r.view} value={table ? 'table' : 'chart'} onChange={(to) => change({ view: to === 'table' ? 'table' : '' })}
            data={[{ value: 'chart', label: r.chart }, { value: 'table', label: r.table }]} style={{ alignSelf: 'flex-end' }} />
          <span style={{ flex: '1 1 200px', alignSelf: 'flex-end' }} className="row">{quality.data && <Fresh quality={quality.data} />}</span>
        </div>
      </section>
      {quality.error && !quality.data ? <ProblemCard error={quality.error} onRetry={() => void quality.refetch()} /> : <Figures quality={quality.data} />}
      <div className="grid">
        <Calibration quality={quality.data} table={table} />
        <Spread spread={spread.data} error={spread.error} onRetry={() => void spread.refetch()} table={table} />
      </div>
      <Drift quality={quality.data} table={table} />
    </div>
  );
}

/** How many matches the figures rest on, and how fresh they are. */
function Fresh({ quality }: { quality: RatingQuality }) {
  const now = useNow(5_000);
  const unforetold = quality.matches - quality.foretold;
  return (
    <>
      <Status tone={quality.behind > 0 ? 'warn' : 'good'}>{quality.behind > 0 ? r.behind(quality.behind) : r.counted(ago(quality.as_of, now) ?? t.common.never)}</Status>
      <span className="chip" title={unforetold > 0 ? r.unforetold(unforetold) : undefined}>{r.matches(quality.matches)}</span>
    </>
  );
}
