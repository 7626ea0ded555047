import { Button, Select, TagsInput, Textarea, TextInput } from '@mantine/core';
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
  const [limits, setLimits] = useState(() => Object.entries(settings.limits ?? {}).map(([name, value]) => `${name} = ${value}`).join('\n'));
  const read = readLimits(limits);
  const save = useMutation({
    mutationFn: (next: AppSettings) => saveSettings(app.id, next),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['apps'] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typeof read === 'string') return;
    save.mutate({ ...settings, timezone, currency, measures, limits: read, ...(environment ? { environment } : {}) });
  };
  const known = zones.includes(timezone) ? zones : [timezone, ...zones];
  return (
    <Panel title={`${a.settings} · ${app.name || app.id}`} flush>
      <form onSubmit={submit}>
        <div className="controls" style={{ paddingTop: 0, alignItems: 'flex-start', borderBottom: 0 }}>
          <Select label={a.zone} data={known} value={timezone} searchable limit={100} onChange={(zone) => zone && setTimezone(zone)} />
          <TextInput label={a.currency} value={currency} maxLength={3} onChange={(event) => setCurrency(event.currentTarget.value.toUpperCase())} />
          <TextInput label={a.environment} value={environment} onChange={(event) => setEnvironment(event.currentTarget.value)} />
          <TagsInput label={a.measures} placeholder={measures.length ? '' : a.measuresHint} value={measures} onChange={setMeasures} style={{ flexBasis: 320 }} />
          <Textarea label={a.limits} placeholder={a.limitsHint} autosize minRows={1} value={limits} style={{ flexBasis: 320 }}
            error={typeof read === 'string' ? a.badLimits(read) : undefined} onChange={(event) => setLimits(event.currentTarget.value)} />
        </div>
        <div className="panel-body stack">
          {save.error && <ProblemCard error={save.error} />}
          <div className="row"><Button type="submit" variant="default" loading={save.isPending}>{t.common.save}</Button><span role="status" className="muted" style={{ fontSize: '0.8125rem' }}>{save.isSuccess ? t.common.saved : ''}</span></div>
        </div>
      </form>
    </Panel>
  );
}

/** The limits, or the first line that is none. */
function readLimits(text: string): Record<string, number> | string {
  const limits: Record<string, number> = {};
  for (const line of text.split('\n').map((one) => one.trim()).filter(Boolean)) {
    const found = /^([\w.]+)\s*=\s*(\d+(?:\.\d+)?)$/.exec(line);
    if (!found) return line;
    limits[found[1]!] = Number(found[2]);
  }
  return limits;
}
