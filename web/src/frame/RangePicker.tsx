import { Button, Popover, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { Icon } from '../parts/icons';
import { iso, rangeName, ranges, resolveRange } from '../state/range';
import { useAddress, useScope, useUsualRange, useZone } from '../state/scope';
import { dateTime, fromLocalInput, localInput, viewerZone } from '../state/zone';
import { t } from '../text/en';

export function RangePicker({ ranged }: { ranged: boolean }) {
  const [opened, { toggle, close }] = useDisclosure(false);
  const [search, change] = useAddress();
  const zone = useZone();
  const usual = useUsualRange();
  const name = rangeName(search, usual);
  const short = (at: string) => dateTime(zone, at).replace(/:00$/, '');
  const what = name === 'custom' ? `${short(search.from!)} – ${short(search.to!)}` : t.ranges[name];
  return (
    <Popover opened={opened} onChange={(open) => { if (!open) close(); }} position="bottom-end" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <Button variant="default" onClick={toggle} leftSection={<Icon name="clock" size={14} />} aria-haspopup="dialog">
          {ranged ? `${what} · ${zone}` : t.range.times(zone)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t.range.label}>
        <Stack gap="sm" w={280}>
          {ranged && (
            <div className="row" role="group" aria-label={t.range.label}>
              {ranges.map((one) => (
                <Button key={one} variant={name === one ? 'filled' : 'default'} aria-pressed={name === one} title={t.ranges[one]} size="compact-sm"
                  onClick={() => { change({ range: one, from: '', to: '' }); close(); }}>{one}</Button>
              ))}
            </div>
          )}
          {ranged && <Custom key={zone} zone={zone} onDone={close} />}
          <ZoneSelect />
          {ranged && (
            <Switch size="sm" label={t.range.compare} checked={search.compare === '1'}
              onChange={(event) => change({ compare: event.currentTarget.checked ? '1' : '' })} />
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function Custom({ zone, onDone }: { zone: string; onDone: () => void }) {
  const [search, change] = useAddress();
  const usual = useUsualRange();
  const [shown] = useState(() => resolveRange(search, zone, Date.now(), usual));
  const [from, setFrom] = useState(localInput(zone, shown.from));
  const [to, setTo] = useState(localInput(zone, shown.to));
  const [wrong, setWrong] = useState(false);
  const apply = () => {
    const a = fromLocalInput(zone, from);
    const b = fromLocalInput(zone, to);
    if (a === null || b === null || a >= b) return setWrong(true);
    change({ range: '', from: iso(a), to: iso(b) });
    onDone();
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); apply(); }}>
      <Stack gap="xs">
        <TextInput type="datetime-local" size="xs" label={t.range.from} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
        <TextInput type="datetime-local" size="xs" label={t.range.to} value={to} error={wrong ? t.range.wrong : undefined}
          onChange={(event) => { setTo(event.currentTarget.value); setWrong(false); }} />
        <Button type="submit" variant="default">{t.range.apply}</Button>
      </Stack>
    </form>
  );
}

function ZoneSelect() {
  const [search, change] = useAddress();
  const { app } = useScope();
  const zones = [
    { value: 'app', label: t.range.appZone(app.settings.timezone ?? 'UTC') },
    { value: 'viewer', label: t.range.viewerZone(viewerZone) },
    { value: 'UTC', label: t.range.utc },
  ];
  if (search.zone && !zones.some((zone) => zone.value === search.zone)) zones.push({ value: search.zone, label: search.zone });
  return (
    <Select size="xs" label={t.range.zone} data={zones} value={search.zone ?? 'app'} comboboxProps={{ withinPortal: false }}
      onChange={(zone) => change({ zone: zone === 'app' || !zone ? '' : zone })} />
  );
}
