import type { ColumnDef } from '@tanstack/react-table';
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { cancelMessage, fetchMessages, type Message, type Segment } from '../../api/notifications';
import { Confirm } from '../../parts/Confirm';
import { DataTable } from '../../parts/DataTable';
import { Panel, Status } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { count } from '../../state/numbers';
import { useScope, useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';
import { SendMessage } from './SendMessage';
import { useWork } from './work';
import { localeOf } from './words';

const n = t.notifications;
const tones = { running: 'warn', done: 'good', cancelled: 'off' } as const;

/** What was written to many players, and how far it has come. */
export function Messages() {
  const { app } = useScope();
  const zone = useZone();
  const [act, setAct] = useState<'new' | Message | null>(null);
  const messages = useInfiniteQuery({
    queryKey: ['messages', app.id], initialPageParam: undefined as string | undefined, refetchInterval: 5_000,
    queryFn: ({ pageParam, signal }) => fetchMessages(app.id, pageParam, signal), getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const rows = messages.data?.pages.flatMap((page) => page.items);
  const columns: ColumnDef<Message>[] = [
    { header: n.wordsTitle, id: 'title', enableSorting: false, cell: ({ row }) => <span className="clip" title={titleOf(row.original)}>{titleOf(row.original)}</span> },
    { header: n.whom, id: 'whom', enableSorting: false, cell: ({ row }) => whomOf(row.original.segment, zone) },
    { header: n.told, accessorKey: 'told', meta: { end: true }, cell: ({ row }) => <span className="num" title={n.progress(count(row.original.looked_at), count(row.original.players))}>{count(row.original.told)}</span> },
    { header: n.state, accessorKey: 'status', cell: ({ row }) => <Status tone={tones[row.original.status]}>{n.status[row.original.status]}{row.original.status === 'running' ? ` · ${percentOf(row.original)}` : ''}</Status> },
    { header: n.by, accessorKey: 'by' },
    { header: n.sent, accessorKey: 'created_at', cell: ({ row }) => <span className="line">{dateTime(zone, row.original.created_at)}</span> },
    {
      id: 'acts', header: '', enableSorting: false, meta: { end: true },
      cell: ({ row }) => (row.original.status === 'running' ? <Button size="compact-xs" variant="subtle" className="danger" onClick={() => setAct(row.original)}>{n.stop}</Button> : null),
    },
  ];
  return (
    <Panel title={n.tabs.messages} flush aside={<Button onClick={() => setAct('new')}>{n.newMessage}</Button>}>
      {messages.error && !rows ? <div className="panel-body"><ProblemCard error={messages.error} onRetry={() => void messages.refetch()} /></div>
        : <DataTable label={n.tabs.messages} rows={rows} columns={columns} rowId={(row) => row.id} empty={n.noMessages} />}
      {messages.hasNextPage && <div className="panel-body" style={{ paddingTop: 12 }}><Button variant="default" loading={messages.isFetchingNextPage} onClick={() => void messages.fetchNextPage()}>{t.common.more}</Button></div>}
      {act === 'new' && <SendMessage onClose={() => setAct(null)} />}
      {act !== null && act !== 'new' && <Stop message={act} onClose={() => setAct(null)} />}
    </Panel>
  );
}

const titleOf = (message: Message) => message.words[localeOf(message.words)]?.title ?? '';
const percentOf = (message: Message) => `${Math.floor((100 * message.looked_at) / Math.max(1, message.players))} %`;

/** The segment in words. */
export function whomOf({ all, players, rating, last_seen }: Segment, zone: string): string {
  if (all) return n.everybody;
  const parts = [
    players && n.named(players.length),
    rating && n.rated(rating.min, rating.max),
    last_seen && n.seen(last_seen.since && dateTime(zone, last_seen.since), last_seen.before && dateTime(zone, last_seen.before)),
  ];
  return parts.filter(Boolean).join(', ');
}

function Stop({ message, onClose }: { message: Message; onClose: () => void }) {
  const stop = useWork('messages', (app, id: string) => cancelMessage(app, id), onClose);
  return <Confirm title={n.stopTitle} what={n.stopWhat(count(message.told))} action={n.stop} busy={stop.isPending} error={stop.error} onConfirm={() => stop.mutate(message.id)} onClose={onClose} />;
}
