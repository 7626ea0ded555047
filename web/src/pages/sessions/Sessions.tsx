import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { fetchSessions, sessionStatuses, type SessionRow } from '../../api/sessions';
import { SessionLink } from '../../parts/Links';
import { PageHead, Status } from '../../parts/Page';
import { PagedTable } from '../../parts/PagedTable';
import type { VirtualColumn } from '../../parts/VirtualTable';
import { ago, count } from '../../state/numbers';
import { useNow } from '../../state/now';
import { useAddress, useScope, useZone } from '../../state/scope';
import { dateTime, shortDateTime } from '../../state/zone';
import { t } from '../../text/en';
import { SessionChip } from './SessionChip';
import { Timeline } from './Timeline';

const s = t.sessions;
const all = 'all';
const refreshMs = 2_000;

export default function Sessions() {
  const [{ session }] = useAddress();
  return session ? <Timeline key={session} id={session} /> : <List />;
}

function List() {
  const { app } = useScope();
  const zone = useZone();
  const now = useNow(1_000);
  const queries = useQueryClient();
  const [{ status: wanted = 'active', player = '' }, change] = useAddress();
  const status = sessionStatuses.find((one) => one === wanted);
  const [asked] = useDebouncedValue(player.trim(), 150);
  const [top, setTop] = useState(0); // counts the ways back to the top
  const key = ['sessions', app.id, status, asked];
  const sessions = useInfiniteQuery({
    queryKey: key, initialPageParam: undefined as string | undefined, placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) => fetchSessions(app.id, { status, player: asked || undefined, limit: 50, cursor: pageParam }, signal), getNextPageParam: (page) => page.next_cursor ?? undefined,
    // The newest stay live; who goes back in time reads what stood there when it was asked for.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : refreshMs),
  });
  const live = (sessions.data?.pages.length ?? 0) < 2;
  const columns: VirtualColumn<SessionRow>[] = [
    { header: s.session, width: 'minmax(200px, 2fr)', cell: (row) => <SessionLink id={row.session_id} /> },
    { header: s.status, width: '130px', cell: (row) => <SessionChip status={row.status} /> },
    { header: s.players, width: '110px', cell: (row) => s.count(row.players.length) },
    { header: s.rating, width: '90px', end: true, wide: true, cell: (row) => <span className="num">{count(Math.round(row.players.reduce((sum, player) => sum + player.rating, 0) / row.players.length))}</span> },
    { header: s.mode, width: 'minmax(100px, 1fr)', wide: true, cell: (row) => row.mode ?? <span className="muted">{s.noMode}</span> },
    { header: s.started, width: 'minmax(150px, 1fr)', wide: true, cell: (row) => <span className="line">{shortDateTime(zone, row.created_at)}</span> },
    { header: s.updated, width: '120px', cell: (row) => <span className="line" title={dateTime(zone, row.updated_at)}>{ago(row.updated_at, now)}</span> },
  ];
  return (
    <>
      <PageHead title={s.title}>
        <Status tone={live ? 'good' : 'off'}>{live ? s.live : s.still}</Status>
        {!live && <Button variant="default" onClick={() => { setTop(top + 1); void queries.resetQueries({ queryKey: key }); }}>{s.newest}</Button>}
      </PageHead>
      <section className="panel" aria-label={s.list}>
        <div className="controls">
          <Select label={s.status} value={status ?? all} onChange={(value) => change({ status: value === 'active' || !value ? '' : value })}
            data={[...sessionStatuses.map((one) => ({ value: one as string, label: s.statuses[one] })), { value: all, label: s.all }]} />
          <TextInput label={s.of} placeholder={s.ofPlaceholder} type="search" style={{ flexBasis: 320 }} value={player} onChange={(event) => change({ player: event.currentTarget.value }, true)} />
        </div>
        <PagedTable key={top} query={sessions} label={s.list} columns={columns} rowId={(row) => row.session_id} empty={s.none} />
      </section>
    </>
  );
}
