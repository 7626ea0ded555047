import { Button, Modal, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { fetchAudit } from '../../api/operate';
import type { AuditEntry } from '../../api/types';
import { CopyButton } from '../../parts/CopyButton';
import { DataTable } from '../../parts/DataTable';
import { PageHead } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { useAddress, useScope, useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';

const a = t.audit;

export default function Audit() {
  const { app } = useScope();
  const zone = useZone();
  const [{ q = '', entry }, change] = useAddress();
  const audit = useInfiniteQuery({
    queryKey: ['audit', app.id], initialPageParam: undefined as string | undefined, refetchInterval: 10_000,
    queryFn: ({ pageParam, signal }) => fetchAudit(app.id, pageParam, signal), getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const all = useMemo(() => audit.data?.pages.flatMap((page) => page.items), [audit.data]);
  const rows = useMemo(() => all?.filter((row) => matches(row, q)), [all, q]);
  const columns: ColumnDef<AuditEntry>[] = [
    { header: a.at, accessorKey: 'at', cell: ({ row }) => dateTime(zone, row.original.at) },
    { header: a.actor, accessorKey: 'actor', cell: ({ row }) => <span>{row.original.actor} <span className="muted">{row.original.role}</span></span> },
    { header: a.action, accessorKey: 'action', cell: ({ row }) => <span className="mono">{row.original.action}</span> },
    { header: a.target, accessorFn: (row) => row.target ?? '', cell: ({ row }) => <span className="mono clip" title={row.original.target}>{row.original.target || t.common.none}</span> },
    { header: a.app, accessorFn: (row) => row.app ?? '', cell: ({ row }) => row.original.app || t.common.none },
    { id: 'more', header: '', enableSorting: false, meta: { end: true }, cell: ({ row }) => <Button size="compact-xs" variant="default" onClick={() => change({ entry: row.original.id })}>{t.common.details}</Button> },
  ];
  const shown = entry ? all?.find((row) => row.id === entry) : undefined;
  return (
    <>
      <PageHead title={a.title}>
        <TextInput size="xs" aria-label={a.filter} placeholder={a.filter} w={240} value={q} onChange={(event) => change({ q: event.currentTarget.value }, true)} />
      </PageHead>
      <section className="panel" aria-label={a.title}>
        {audit.error && !rows ? <div className="panel-body" style={{ paddingTop: 16 }}><ProblemCard error={audit.error} onRetry={() => void audit.refetch()} /></div>
          : <DataTable label={a.title} rows={rows} columns={columns} rowId={(row) => row.id} empty={q ? a.noMatch : a.none} lit={entry} skeletonRows={10} />}
        {audit.hasNextPage && <div className="panel-body" style={{ paddingTop: 12 }}><Button variant="default" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>{t.common.more}</Button></div>}
      </section>
      {shown && <Entry entry={shown} zone={zone} onClose={() => change({ entry: '' })} />}
    </>
  );
}

function matches(row: AuditEntry, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return !wanted || [row.actor, row.action, row.target, row.app, row.request_id, JSON.stringify(row.details ?? '')].some((part) => part?.toLowerCase().includes(wanted));
}

function Entry({ entry, zone, onClose }: { entry: AuditEntry; zone: string; onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} size="lg" title={`${entry.action} · ${entry.actor}`} closeButtonProps={{ 'aria-label': t.common.close }}>
      <div className="stack">
        <span className="muted" style={{ fontSize: '0.8125rem' }}>{dateTime(zone, entry.at)} · {zone}</span>
        {entry.target && <span className="mono">{entry.target}</span>}
        <pre className="code" tabIndex={0}>{JSON.stringify(entry.details ?? {}, null, 2)}</pre>
        {entry.request_id && <span className="row"><span className="muted">{a.request}</span><span className="mono">{entry.request_id}</span><CopyButton value={entry.request_id} label={t.problem.copyRequest} /></span>}
      </div>
    </Modal>
  );
}
