import { Autocomplete, Button, SegmentedControl, Select, TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { explorerAddress } from '../../api/graphql';
import { fetchEventNames, fetchSeries, seriesQuestion } from '../../api/insight';
import type { Dimension, Metric } from '../../api/types';
import { Chart } from '../../charts/Chart';
import { csv, download } from '../../charts/model';
import { PageHead, Panel, Skeleton } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { compact, count, money } from '../../state/numbers';
import { hourly, iso, steps } from '../../state/range';
import { useAddress, useCurrency, useScope, useZone } from '../../state/scope';
import { useSeries, type SeriesView } from '../../state/series';
import { t } from '../../text/en';
import { choiceOf, dimensionsOf, filterText, type Choice } from './choice';
import { PointsTable, TotalsTable } from './tables';

export default function Events() {
  const [search] = useAddress();
  const choice = useMemo(() => choiceOf(search), [search]);
  const view = useSeries(choice);
  const currency = useCurrency();
  const format = (value: number) => (choice.metric === 'REVENUE' ? money(value, currency) : count(value));
  return (
    <>
      <PageHead title={t.events.title} />
      <section className="panel" aria-label={t.events.title}>
        <Controls choice={choice} view={view} />
        <Result choice={choice} view={view} format={format} table={search.view === 'table'} />
      </section>
      {view.data && view.data.lines.length > 0 && (
        <div style={{ marginTop: 16 }}>
          <Panel title={t.common.total} flush><TotalsTable data={view.data} previous={view.previous} format={format} /></Panel>
        </div>
      )}
    </>
  );
}

function Controls({ choice, view }: { choice: Choice; view: SeriesView }) {
  const [search, change] = useAddress();
  const { app } = useScope();
  const names = useQuery({ queryKey: ['names', app.id], queryFn: ({ signal }) => fetchEventNames(app.id, signal), staleTime: 30_000 });
  const metrics = (Object.keys(t.metrics) as Metric[]).map((value) => ({ value, label: t.metrics[value].name }));
  const dimensions = dimensionsOf.map((value) => ({ value: value as string, label: t.dimensions[value] }));
  const noMinutes = hourly.includes(choice.metric);
  return (
    <div className="controls">
      <Select label={t.events.metric} data={metrics} value={choice.metric} searchable onChange={(metric) => change({ metric: metric === 'EVENTS' || !metric ? '' : metric })} />
      <Autocomplete key={choice.event ?? ''} label={t.events.event} placeholder={t.events.anyEvent} data={names.data?.map((one) => one.name) ?? []} limit={50}
        defaultValue={choice.event ?? ''} clearable onOptionSubmit={(event) => change({ event })}
        onBlur={(e) => { const event = e.currentTarget.value.trim(); if (event !== (choice.event ?? '')) change({ event }); }}
        onKeyDown={(e) => { if (e.key === 'Enter') change({ event: e.currentTarget.value.trim() }); }} onClear={() => change({ event: '' })} />
      <Select label={t.events.split} data={[{ value: '', label: t.events.noSplit }, ...dimensions]} value={choice.split ?? ''} onChange={(split) => change({ split: split ?? '' })} />
      <Select label={t.events.filter} data={[{ value: '', label: t.events.noFilter }, ...dimensions]} value={choice.filterBy ?? ''} onChange={(by) => change({ filter: by ? filterText(by as Dimension, []) : '' })} />
      {choice.filterBy && <FilterValues choice={choice} view={view} />}
      <Select label={t.events.step} value={steps.find((step) => step === search.step) ?? ''} onChange={(step) => change({ step: step ?? '' })}
        data={[{ value: '', label: `${t.events.auto} (${t.steps[view.range.step]})` }, ...steps.map((step) => ({ value: step as string, label: t.steps[step], disabled: step === 'MINUTE' && noMinutes }))]} />
    </div>
  );
}

function FilterValues({ choice, view }: { choice: Choice; view: SeriesView }) {
  const [, change] = useAddress();
  const { app } = useScope();
  const by = choice.filterBy!;
  const { range } = view;
  const known = useQuery({
    queryKey: ['values', app.id, by], staleTime: 60_000,
    queryFn: ({ signal }) => fetchSeries(app.id, { metric: 'EVENTS', from: iso(range.to - 86_400_000), to: iso(range.to), step: 'DAY', timezone: 'UTC', groupBy: by, limit: 100 }, signal),
  });
  const data = (known.data ?? []).map((series) => series.key).filter(Boolean);
  return (
    <TagsInput label={`${t.dimensions[by]}: ${t.events.values}`} placeholder={choice.filterValues.length ? '' : t.events.valuesHint} data={data}
      value={choice.filterValues} onChange={(values) => change({ filter: filterText(by, values) })} />
  );
}

function Result({ choice, view, format, table }: { choice: Choice; view: SeriesView; format: (value: number) => string; table: boolean }) {
  const zone = useZone();
  const { app } = useScope();
  const [, change] = useAddress();
  const picture = useRef<() => string>(() => '');
  const name = choice.event || t.metrics[choice.metric].name;
  const file = `${name}-${view.asked.from.slice(0, 10)}`.replace(/[^\w.-]+/g, '-').toLowerCase();
  const question = seriesQuestion(view.asked);
  const height = 380;
  return (
    <>
      <div className="panel-head">
        <h2>{t.events.summary(t.metrics[choice.metric].name, view.range.name === 'custom' ? t.ranges.custom : t.ranges[view.range.name])}</h2>
        <span className="grow" />
        <SegmentedControl size="xs" aria-label={t.events.view} value={table ? 'table' : 'chart'} onChange={(to) => change({ view: to === 'table' ? 'table' : '' })}
          data={[{ value: 'chart', label: t.events.chart }, { value: 'table', label: t.events.table }]} />
        <Button variant="default" disabled={!view.data} onClick={() => view.data && download(`${file}.csv`, URL.createObjectURL(new Blob([csv(view.data, t.events.time)], { type: 'text/csv' })))}>{t.events.csv}</Button>
        <Button variant="default" disabled={table || !view.data} onClick={() => download(`${file}.png`, picture.current())}>{t.events.png}</Button>
        <Button variant="default" component="a" href={explorerAddress(app.id, question.document, question.variables)} target="_blank" rel="opener">{t.events.query}</Button>
      </div>
      <div className="panel-body">
        {view.error ? <ProblemCard error={view.error} onRetry={view.refetch} />
          : !view.data ? <Skeleton height={height} />
            : view.data.lines.length === 0 ? <div className="chart-empty" style={{ height }}>{t.events.none}</div>
              : table ? <PointsTable data={view.data} zone={zone} format={format} />
                : (
                  <Chart data={view.data} zone={zone} height={height} format={format} formatAxis={compact} fillingNote={t.events.filling}
                    label={`${name}: ${view.data.lines.map((line) => `${line.name} ${format(line.total)}`).join(', ')}`} onPicture={(take) => { picture.current = take; }} />
                )}
      </div>
    </>
  );
}
