import type { ColumnDef } from '@tanstack/react-table';
import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { changeWebhook, deleteWebhook, fetchWebhooks, type Webhook } from '../../api/notifications';
import { Confirm } from '../../parts/Confirm';
import { DataTable } from '../../parts/DataTable';
import { Opened } from '../../parts/Opened';
import { Panel, Status } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { ago } from '../../state/numbers';
import { useNow } from '../../state/now';
import { useAddress, useScope, useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';
import { Deliveries } from './Deliveries';
import { MakeWebhook, RotateSecret } from './WebhookSecret';
import { useWork } from './work';

const n = t.notifications;
type Act = { kind: 'new' } | { kind: 'rotate' | 'delete' | 'switch'; webhook: Webhook };

/** Other programs that are told; the deliveries of one of them, chosen by the address. */
export function Webhooks() {
  const { app } = useScope();
  const zone = useZone();
  const now = useNow(10_000);
  const [{ webhook: chosen }, change] = useAddress();
  const [act, setAct] = useState<Act | null>(null);
  const webhooks = useQuery({ queryKey: ['webhooks', app.id], queryFn: ({ signal }) => fetchWebhooks(app.id, signal), refetchInterval: 10_000 });
  const close = () => setAct(null);
  const columns: ColumnDef<Webhook>[] = [
    { header: n.url, accessorKey: 'url', cell: ({ row }) => <span className="mono clip" title={row.original.url}>{row.original.url}</span> },
    { header: n.events, id: 'events', enableSorting: false, cell: ({ row }) => <span className="mono clip" title={row.original.events.join(', ')}>{row.original.events.join(', ')}</span> },
    { header: n.state, id: 'state', enableSorting: false, cell: ({ row }) => <State webhook={row.original} now={now} /> },
    { header: n.created, accessorKey: 'created_at', cell: ({ row }) => <span className="line">{dateTime(zone, row.original.created_at)}</span> },
    {
      id: 'acts', header: '', enableSorting: false, meta: { end: true },
      cell: ({ row: { original: one } }) => (
        <Group gap={6} justify="flex-end">
          <Button size="compact-xs" variant="default" aria-label={n.deliveriesOf(one.url)} onClick={() => change({ webhook: one.id, status: '' })}>{n.deliveries}</Button>
          <Button size="compact-xs" variant="default" aria-label={n.rotateOf(one.url)} onClick={() => setAct({ kind: 'rotate', webhook: one })}>{n.rotate}</Button>
          <Button size="compact-xs" variant="default" aria-label={one.enabled ? n.switchOffOf(one.url) : n.switchOnOf(one.url)} onClick={() => setAct({ kind: 'switch', webhook: one })}>{one.enabled ? n.switchOff : n.switchOn}</Button>
          <Button size="compact-xs" variant="subtle" className="danger" aria-label={n.deleteOf(one.url)} onClick={() => setAct({ kind: 'delete', webhook: one })}>{t.common.delete}</Button>
        </Group>
      ),
    },
  ];
  const shown = webhooks.data?.find((one) => one.id === chosen);
  return (
    <div className="stack">
      <Panel title={n.tabs.webhooks} hint={n.webhooksHow} flush aside={<Button onClick={() => setAct({ kind: 'new' })}>{n.newWebhook}</Button>}>
        {webhooks.error && !webhooks.data ? <div className="panel-body"><ProblemCard error={webhooks.error} onRetry={() => void webhooks.refetch()} /></div>
          : <DataTable label={n.tabs.webhooks} rows={webhooks.data} columns={columns} rowId={(row) => row.id} lit={chosen} empty={n.noWebhooks} skeletonRows={2} />}
      </Panel>
      {chosen && <Opened key={chosen}><Deliveries id={chosen} url={shown?.url} /></Opened>}
      {act?.kind === 'new' && <MakeWebhook onClose={close} />}
      {act?.kind === 'rotate' && <RotateSecret webhook={act.webhook} onClose={close} />}
      {act?.kind === 'switch' && <Switch webhook={act.webhook} onClose={close} />}
      {act?.kind === 'delete' && <Remove webhook={act.webhook} onDone={() => { close(); if (act.webhook.id === chosen) change({ webhook: '', status: '' }); }} onClose={close} />}
    </div>
  );
}

function State({ webhook, now }: { webhook: Webhook; now: number }) {
  if (webhook.disabled_at) return <Status tone="bad">{n.gaveUp}</Status>;
  if (!webhook.enabled) return <Status tone="off">{n.off}</Status>;
  return webhook.failing_since ? <Status tone="warn">{n.failing(ago(webhook.failing_since, now) ?? '')}</Status> : <Status tone="good">{n.on}</Status>;
}

function Switch({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const work = useWork('webhooks', (app, enabled: boolean) => changeWebhook(app, webhook.id, { enabled }), onClose);
  const on = !webhook.enabled;
  return (
    <Confirm title={on ? n.switchOnOf(webhook.url) : n.switchOffOf(webhook.url)} what={on ? n.switchOnWhat : n.switchOffWhat} action={on ? n.switchOn : n.switchOff}
      busy={work.isPending} error={work.error} onConfirm={() => work.mutate(on)} onClose={onClose} />
  );
}

function Remove({ webhook, onDone, onClose }: { webhook: Webhook; onDone: () => void; onClose: () => void }) {
  const work = useWork('webhooks', (app, id: string) => deleteWebhook(app, id), onDone);
  return (
    <Confirm title={n.deleteOf(webhook.url)} what={n.deleteWhat} action={t.common.delete} word={hostOf(webhook.url)}
      busy={work.isPending} error={work.error} onConfirm={() => work.mutate(webhook.id)} onClose={onClose} />
  );
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
