import { Button, Group, Modal, Select, Stack, TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { commonFacts, createWebhook, rotateWebhook, type NewWebhook, type Webhook } from '../../api/notifications';
import { CopyButton } from '../../parts/CopyButton';
import { ProblemCard } from '../../parts/Problem';
import { t } from '../../text/en';
import { useWork } from './work';

const n = t.notifications;

/** Makes a webhook, and shows its secret once. */
export function MakeWebhook({ onClose }: { onClose: () => void }) {
  const [url, setUrl] = useState('');
  const [events, setEvents] = useState<string[]>([]);
  const make = useWork('webhooks', (app, body: { url: string; events: string[] }) => createWebhook(app, body));
  return (
    <Modal opened onClose={onClose} title={make.data ? n.secretTitle : n.newWebhook} closeOnClickOutside={!make.data} closeButtonProps={{ 'aria-label': t.common.close }}>
      {make.data ? <Secret made={make.data} onClose={onClose} /> : (
        <form onSubmit={(event) => { event.preventDefault(); make.mutate({ url: url.trim(), events }); }}>
          <Stack gap="md">
            <TextInput data-autofocus label={n.url} placeholder="https://example.com/hook" value={url} required withAsterisk={false} onChange={(event) => setUrl(event.currentTarget.value)} />
            <TagsInput label={n.events} description={n.eventsHint} data={[...commonFacts]} value={events} splitChars={[',', ' ']} maxTags={50} comboboxProps={{ position: 'top-start' }} onChange={setEvents} />
            {make.error && <ProblemCard error={make.error} />}
            <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t.common.cancel}</Button><Button type="submit" disabled={!url.trim() || events.length === 0} loading={make.isPending}>{n.makeWebhook}</Button></Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

/** A new secret; for a while both sign. */
export function RotateSecret({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const [overlap, setOverlap] = useState('86400');
  const rotate = useWork('webhooks', (app, seconds: number) => rotateWebhook(app, webhook.id, seconds));
  return (
    <Modal opened onClose={onClose} title={rotate.data ? n.secretTitle : n.rotateOf(webhook.url)} closeOnClickOutside={!rotate.data} closeButtonProps={{ 'aria-label': t.common.close }}>
      {rotate.data ? <Secret made={rotate.data} onClose={onClose} /> : (
        <form onSubmit={(event) => { event.preventDefault(); rotate.mutate(Number(overlap)); }}>
          <Stack gap="md">
            <span style={{ fontSize: '0.8125rem' }}>{n.rotateWhat}</span>
            <Select label={n.overlap} value={overlap} data={n.overlaps.map((one) => ({ ...one }))} onChange={(value) => value && setOverlap(value)} />
            {rotate.error && <ProblemCard error={rotate.error} />}
            <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t.common.cancel}</Button><Button type="submit" loading={rotate.isPending}>{n.rotate}</Button></Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function Secret({ made, onClose }: { made: NewWebhook; onClose: () => void }) {
  return (
    <Stack gap="md">
      <span style={{ fontSize: '0.8125rem' }}>{n.secretOnce}</span>
      <div className="row" style={{ flexWrap: 'nowrap' }}><code className="code" style={{ flex: 1 }} data-secret>{made.secret}</code><CopyButton value={made.secret} /></div>
      <Group justify="flex-end"><Button onClick={onClose}>{t.common.close}</Button></Group>
    </Stack>
  );
}
