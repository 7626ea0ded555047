import { Button, NumberInput, Select, TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { saveSettings } from '../../api/operate';
import type { AppSettings } from '../../api/types';
import { Panel } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { useScope } from '../../state/scope';
import { t } from '../../text/en';

const a = t.apps;
export const zones: string[] = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

export function Settings() {
  const { app } = useScope();
  const queries = useQueryClient();
  const { settings } = app;
  const [timezone, setTimezone] = useState(settings.timezone ?? 'UTC');
  const [currency, setCurrency] = useState(settings.currency ?? 'USD');
  const [environment, setEnvironment] = useState(settings.environment ?? '');
  const [measures, setMeasures] = useState(settings.measures ?? []);
  const [limits, setLimits] = useState<Record<string, number>>(settings.limits ?? {});
  const save = useMutation({
    mutationFn: (next: AppSettings) => saveSettings(app.id, next),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['apps'] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ ...settings, timezone, currency, measures, limits, ...(environment ? { environment } : {}) });
  };
  const known = zones.includes(timezone) ? zones : [timezone, ...zones];
  return (
    <Panel title={`${a.settings} · ${app.name || app.id}`} flush>
      <form onSubmit={submit}>
        <div className="controls" style={{ paddingTop: 0, borderBottom: 0 }}>
          <Select label={a.zone} data={known} value={timezone} searchable limit={100} onChange={(zone) => zone && setTimezone(zone)} />
          <TextInput label={a.currency} value={currency} maxLength={3} onChange={(event) => setCurrency(event.currentTarget.value.toUpperCase())} />
          <TextInput label={a.environment} value={environment} onChange={(event) => setEnvironment(event.currentTarget.value)} />
          <TagsInput label={a.measures} description={a.measuresHint} placeholder={measures.length ? '' : a.measuresExample} value={measures} onChange={setMeasures} style={{ flexBasis: 320 }} />
          {(['requests_per_second', 'events_per_second'] as const).map((name) => (
            <NumberInput key={name} label={a.limits[name]} description={a.limitsHint} placeholder={a.limitsOwn} min={0} allowDecimal={false} thousandSeparator=","
              value={limits[name] || ''} onChange={(value) => setLimits({ ...limits, [name]: Number(value) || 0 })} />
          ))}
        </div>
        <div className="panel-body stack">
          {save.error && <ProblemCard error={save.error} />}
          <div className="row"><Button type="submit" variant="default" loading={save.isPending}>{t.common.save}</Button><span role="status" className="muted" style={{ fontSize: '0.8125rem' }}>{save.isSuccess ? t.common.saved : ''}</span></div>
        </div>
      </form>
    </Panel>
  );
}
