import { Button, Select, TagsInput, useComputedColorScheme } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { explorerAddress } from '../../api/graphql';
import { fetchRetention, retentionQuestion, type RetentionAsk } from '../../api/insight';
import type { Cohort, Dimension } from '../../api/types';
import { download } from '../../charts/model';
import { RetentionTriangle } from '../../charts/RetentionTriangle';
import { PageHead, Skeleton } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { useNow } from '../../state/now';
import { useAddress, useScope, useZone } from '../../state/scope';
import { dateIn, shiftDate } from '../../state/zone';
import { t } from '../../text/en';
import { choiceOf, filterText } from '../events/choice';

const columnSets: Record<string, number[]> = {
  '7': upTo(7), '14': upTo(14), '30': upTo(30), marks: [1, 3, 7, 14, 30],
};
const spans = ['7', '14', '30', '60', '90'];
const dimensions = ['PLATFORM', 'COUNTRY', 'VERSION'] as const;

export default function Retention() {
  const [search, change] = useAddress();
  const { app } = useScope();
  const zone = useZone();
  const scheme = useComputedColorScheme('light');
  const today = dateIn(zone, useNow(60_000));
  const span = spans.find((one) => one === search.cohorts) ?? '14';
  const set = search.days && search.days in columnSets ? search.days : '14';
  const { filter, filterBy, filterValues } = choiceOf(search);
  const asked: RetentionAsk = {
    from: shiftDate(today, 1 - Number(span)), to: shiftDate(today, 1), days: columnSets[set]!, timezone: zone,
    filter: filter ? [filter] : undefined,
  };
  const cohorts = useQuery({
    queryKey: ['retention', app.id, asked], placeholderData: keepPreviousData, refetchInterval: 60_000,
    queryFn: ({ signal }) => fetchRetention(app.id, asked, signal),
  });
  const question = retentionQuestion(asked);
  const height = 60 + Number(span) * 30;
  return (
    <>
      <PageHead title={t.retention.title} lead={t.retention.lead} />
      <section className="panel" aria-label={t.retention.title}>
        <div className="controls">
          <Select label={t.retention.cohorts} value={span} data={spans.map((value) => ({ value, label: t.retention.days(Number(value)) }))} onChange={(value) => change({ cohorts: value === '14' || !value ? '' : value })} />
          <Select label={t.retention.columns} value={set} onChange={(value) => change({ days: value === '14' || !value ? '' : value })}
            data={Object.keys(columnSets).map((value) => ({ value, label: value === 'marks' ? t.retention.marks : t.retention.first(Number(value)) }))} />
          <Select label={t.events.filter} value={filterBy ?? ''} onChange={(by) => change({ filter: by ? filterText(by as Dimension, []) : '' })}
            data={[{ value: '', label: t.events.noFilter }, ...dimensions.map((value) => ({ value: value as string, label: t.dimensions[value] }))]} />
          {filterBy && <TagsInput label={`${t.dimensions[filterBy]}: ${t.events.values}`} value={filterValues} onChange={(values) => change({ filter: filterText(filterBy, values) })} />}
        </div>
        <div className="panel-head">
          <span className="muted" style={{ fontSize: '0.8125rem' }}>{t.retention.explain}</span>
          <span className="grow" />
          <span className="chip"><span className="hatch" style={{ width: 14, height: 10, borderRadius: 2 }} />{t.retention.open}</span>
          <Button variant="default" disabled={!cohorts.data} onClick={() => cohorts.data && save(cohorts.data, asked.days)}>{t.events.csv}</Button>
          <Button variant="default" component="a" href={explorerAddress(app.id, question.document, question.variables)} target="_blank" rel="opener">{t.events.query}</Button>
        </div>
        <div className="panel-body">
          {cohorts.error ? <ProblemCard error={cohorts.error} onRetry={() => void cohorts.refetch()} />
            : !cohorts.data ? <Skeleton height={height} />
              : cohorts.data.every((cohort) => cohort.size === 0) ? <div className="empty">{t.retention.none}</div>
                : <RetentionTriangle cohorts={cohorts.data} days={asked.days} scheme={scheme} />}
        </div>
      </section>
    </>
  );
}

function save(cohorts: Cohort[], days: number[]): void {
  const rows = cohorts.map((cohort) => [cohort.date, cohort.size, ...cohort.retained.map((kept) => kept ?? '')].join(','));
  const text = [['cohort', 'size', ...days.map((day) => `D${day}`)].join(','), ...rows].join('\n') + '\n';
  download('retention.csv', URL.createObjectURL(new Blob([text], { type: 'text/csv' })));
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}
