import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { fetchRatingHistory, fetchRatings, type RatingStep } from '../../api/players';
import { download } from '../../charts/model';
import { RatingCurve } from '../../charts/RatingCurve';
import { Panel, Skeleton } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { count } from '../../state/numbers';
import { useAddress, useScope, useZone } from '../../state/scope';
import { t } from '../../text/en';
import { Matches } from './Matches';

const p = t.players;
const mainQueue = 'default';

/** The curve of one queue, and the matches it came from. */
export function Rating({ id }: { id: string }) {
  const { app } = useScope();
  const zone = useZone();
  const [{ queue: wanted }, change] = useAddress();
  const ratings = useQuery({ queryKey: ['player', app.id, id, 'ratings'], refetchInterval: 10_000, queryFn: ({ signal }) => fetchRatings(app.id, id, signal) });
  const queues = ratings.data?.map((one) => one.queue) ?? [];
  const queue = wanted ?? (queues.includes(mainQueue) ? mainQueue : queues[0]);
  const history = useQuery({
    queryKey: ['player', app.id, id, 'rating', queue], enabled: queue !== undefined, refetchInterval: 10_000,
    queryFn: ({ signal }) => fetchRatingHistory(app.id, id, queue!, 200, signal),
  });
  const steps = history.data?.history;
  const points = useMemo(() => [...(steps ?? [])].reverse().map((step) => ({ at: Date.parse(step.timestamp), rating: step.rating, change: step.change })), [steps]);
  const mine = ratings.data?.find((one) => one.queue === queue);
  const error = ratings.error ?? history.error;
  if (error && !steps) return <Panel title={p.curve}><ProblemCard error={error} onRetry={() => { void ratings.refetch(); void history.refetch(); }} /></Panel>;
  if (ratings.data && queue === undefined) return <Panel title={p.curve}><span className="muted">{p.noMatches}</span></Panel>;
  return (
    <div className="grid">
      <Panel title={p.curve} aside={(
        <>
          {mine && <span className="chip num">{`${count(mine.rating)} ${p.deviation(count(Math.round(mine.deviation)))}`}</span>}
          {queues.length > 1 && <Select size="xs" aria-label={p.queue} w={140} value={queue ?? null} data={queues} onChange={(value) => change({ queue: value ?? '' })} />}
          <Button variant="default" disabled={points.length === 0} onClick={() => steps && save(steps, queue!)}>{p.csv}</Button>
        </>
      )}>
        {!steps ? <Skeleton height={240} /> : points.length === 0 ? <span className="muted">{p.noMatches}</span>
          : <RatingCurve points={points} zone={zone} label={p.curveOf(queue!, points.length)} />}
        {history.data?.rank != null && <span className="muted" style={{ fontSize: '0.8125rem' }}>{p.rank(count(history.data.rank), (history.data.percentile ?? 0).toFixed(1))}</span>}
      </Panel>
      <Matches id={id} steps={steps} />
    </div>
  );
}

function save(steps: RatingStep[], queue: string): void {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const text = ['time,match,rating,change', ...steps.map((step) => [step.timestamp, quoted(step.match_id), step.rating, step.change].join(','))].join('\n') + '\n';
  download(`rating-${queue}.csv`, URL.createObjectURL(new Blob([text], { type: 'text/csv' })));
}
