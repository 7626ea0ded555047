import type { ColumnDef } from '@tanstack/react-table';
import { Button, Checkbox, Select } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { deliveryStatuses, fetchDeliveries, retryDeliveries, type Delivery } from '../../api/notifications';
import { Confirm } from '../../parts/Confirm';
import { DataTable } from '../../parts/DataTable';
import { Panel, Status } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { useAddress, useScope, useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';
import { useWork } from './work';

const n = t.notifications;
const tones = { waiting: 'warn', delivered: 'good', dead: 'bad' } as const;

/** What goes to one webhook, newest first; what was given up can be sent again. */
export function Deliveries({ id, url }: { id: string; url: string | undefined }) {
  const { app } = useScope();
  const zone = useZone();
  const [{ status: wanted = '' }, change] = useAddress();
  const status = deliveryStatuses.find((one) => one === wanted) ?? '';
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [retrying, setRetrying] = useState<string[] | null>(null);
  const [note, setNote] = useState('');
  const deliveries = useInfiniteQuery({
    queryKey: ['deliveries', app.id, id, status], initialPageParam: undefined as string | undefined, refetchInterval: 5_000,
    queryFn: ({ pageParam, signal }) => fetchDeliveries(app.id, id, status, pageParam, signal), getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const rows = deliveries.data?.pages.flatMap((page) => page.items);
  const dead = rows?.filter((row) => row.status === 'dead') ?? [];
  const ids = dead.map((row) => row.id).filter((one) => chosen.has(one));
  const choose = (one: string, on: boolean) => setChosen((old) => { const next = new Set(old); if (on) next.add(one); else next.delete(one); return next; });
  const columns: ColumnDef<Delivery>[] = [
    {
      id: 'choose', header: n.choose, enableSorting: false,
      cell: ({ row: { original: one } }) => (one.status === 'dead' ? <Checkbox size="xs" aria-label={n.chooseOne(one.id)} checked={chosen.has(one.id)} onChange={(event) => choose(one.id, event.currentTarget.checked)} /> : null),
    },
    { header: n.event, accessorKey: 'event', enableSorting: false, cell: ({ row }) => <span className="mono">{row.original.event}</span> },
    { header: n.state, accessorKey: 'status', enableSorting: false, cell: ({ row }) => <Status tone={tones[row.original.status]}>{n.deliveryStatus[row.original.status]}</Status> },
    { header: n.attempts, accessorKey: 'attempts', enableSorting: false, meta: { end: true }, cell: ({ row }) => <span className="num">{row.original.attempts}</span> },
    { header: n.made, accessorKey: 'created_at', enableSorting: false, cell: ({ row }) => <span className="line">{dateTime(zone, row.original.created_at)}</span> },
    { header: n.then, id: 'then', enableSorting: false, cell: ({ row: { original: one } }) => <span className="line">{one.next_at ? n.next(dateTime(zone, one.next_at)) : one.ended_at ? n.ended(dateTime(zone, one.ended_at)) : t.common.none}</span> },
    { header: n.lastError, accessorKey: 'error', enableSorting: false, cell: ({ row }) => <span className="clip muted" title={row.original.error ?? undefined}>{row.original.error ?? t.common.none}</span> },
  ];
  return (
    <Panel title={url ? n.deliveriesOf(url) : n.deliveries} hint={n.deliveriesHow} flush aside={(
      <>
        <span role="status" className="muted" style={{ fontSize: '0.8125rem' }}>{note}</span>
        {ids.length > 0 && <Button onClick={() => setRetrying(ids)}>{n.retryMany(ids.length)}</Button>}
        {dead.length > 0 && ids.length === 0 && <Button variant="default" onClick={() => setRetrying([])}>{n.retryAll}</Button>}
        <Select size="xs" w={130} aria-label={n.state} value={status} data={[{ value: '', label: t.common.all }, ...deliveryStatuses.map((value) => ({ value: value as string, label: n.deliveryStatus[value] }))]} onChange={(value) => change({ status: value ?? '' })} />
        <Button variant="subtle" color="gray" onClick={() => change({ webhook: '', status: '' })}>{t.common.close}</Button>
      </>
    )}>
      {deliveries.error && !rows ? <div className="panel-body"><ProblemCard error={deliveries.error} onRetry={() => void deliveries.refetch()} /></div>
        : <DataTable label={n.deliveries} rows={rows} columns={columns} rowId={(row) => row.id} empty={n.noDeliveries} />}
      {deliveries.hasNextPage && <div className="panel-body" style={{ paddingTop: 12 }}><Button variant="default" loading={deliveries.isFetchingNextPage} onClick={() => void deliveries.fetchNextPage()}>{t.common.more}</Button></div>}
      {retrying && <Retry webhook={id} ids={retrying} onDone={(text) => { setRetrying(null); setChosen(new Set()); setNote(text); }} onClose={() => setRetrying(null)} />}
    </Panel>
  );
}

function Retry({ webhook, ids, onDone, onClose }: { webhook: string; ids: string[]; onDone: (note: string) => void; onClose: () => void }) {
  const retry = useWork('deliveries', (app, wanted: string[]) => retryDeliveries(app, webhook, wanted), (answer) => onDone(n.retried(answer.retried)));
  return (
    <Confirm title={ids.length ? n.retryMany(ids.length) : n.retryAll} what={n.retryWhat} action={n.retry}
      busy={retry.isPending} error={retry.error} onConfirm={() => retry.mutate(ids)} onClose={onClose} />
  );
}
