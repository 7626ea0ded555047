import { Button, Checkbox, Group, Modal, Stack, Textarea } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useState } from 'react';
import { deleteDeadLetter, fetchDeadLetters, mendDeadLetter, replayDeadLetters, type ReplayAnswer } from '../../api/operate';
import type { DeadLetter } from '../../api/types';
import { Confirm } from '../../parts/Confirm';
import { DataTable } from '../../parts/DataTable';
import { Panel } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { indented, isObjectText } from '../../state/json_text';
import { useScope, useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';

const p = t.pipeline;
type Act = { kind: 'mend' | 'delete'; letter: DeadLetter } | { kind: 'replay'; ids: string[] };

export function DeadLetters() {
  const { app } = useScope();
  const zone = useZone();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [act, setAct] = useState<Act | null>(null);
  const [note, setNote] = useState('');
  const letters = useInfiniteQuery({
    queryKey: ['dead', app.id], initialPageParam: undefined as string | undefined, refetchInterval: 10_000,
    queryFn: ({ pageParam, signal }) => fetchDeadLetters(app.id, pageParam, signal), getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const rows = letters.data?.pages.flatMap((page) => page.items);
  const ids = (rows ?? []).map((row) => row.id).filter((id) => chosen.has(id));
  const choose = (id: string, on: boolean) => setChosen((old) => { const next = new Set(old); if (on) next.add(id); else next.delete(id); return next; });
  const all = rows !== undefined && rows.length > 0 && ids.length === rows.length;
  const columns: ColumnDef<DeadLetter>[] = [
    {
      id: 'choose', enableSorting: false,
      header: () => <Checkbox size="xs" aria-label={p.selectAll} checked={all} indeterminate={ids.length > 0 && !all} onChange={(event) => setChosen(new Set(event.currentTarget.checked ? rows?.map((row) => row.id) : []))} />,
      cell: ({ row }) => <Checkbox size="xs" aria-label={p.select(row.original.id)} checked={chosen.has(row.original.id)} onChange={(event) => choose(row.original.id, event.currentTarget.checked)} />,
    },
    { header: p.received, accessorKey: 'received_at', cell: ({ row }) => <span className="line">{dateTime(zone, row.original.received_at)}</span> },
    { header: p.reason, accessorKey: 'code', cell: ({ row }) => <span><span className="mono">{row.original.code}</span><br /><span className="muted">{row.original.detail}</span></span> },
    { header: p.field, accessorFn: (row) => row.field ?? t.common.none, cell: ({ getValue }) => <span className="mono">{getValue() as string}</span> },
    { header: p.event, enableSorting: false, id: 'event', cell: ({ row }) => <span className="mono clip">{row.original.event_text}</span> },
    {
      id: 'acts', header: '', enableSorting: false, meta: { end: true },
      cell: ({ row }) => (
        <Group gap={6} justify="flex-end" wrap="nowrap">
          <Button size="compact-xs" variant="default" onClick={() => setAct({ kind: 'mend', letter: row.original })}>{p.mend}</Button>
          <Button size="compact-xs" variant="default" onClick={() => setAct({ kind: 'replay', ids: [row.original.id] })}>{p.replay}</Button>
          <Button size="compact-xs" variant="subtle" color="red.9" className="danger" onClick={() => setAct({ kind: 'delete', letter: row.original })}>{t.common.delete}</Button>
        </Group>
      ),
    },
  ];
  const done = (text = '') => { setAct(null); setChosen(new Set()); setNote(text); };
  return (
    <Panel title={p.dead} hint={p.deadLead} flush aside={(
      <>
        <span role="status" className="muted" style={{ fontSize: '0.8125rem' }}>{note}</span>
        {ids.length > 0 && <Button onClick={() => setAct({ kind: 'replay', ids })}>{p.replayMany(ids.length)}</Button>}
      </>
    )}>
      {letters.error && !rows ? <div className="panel-body"><ProblemCard error={letters.error} onRetry={() => void letters.refetch()} /></div>
        : <DataTable label={p.dead} rows={rows} columns={columns} rowId={(row) => row.id} empty={p.noDead} />}
      {letters.hasNextPage && <div className="panel-body"><Button variant="default" loading={letters.isFetchingNextPage} onClick={() => void letters.fetchNextPage()}>{t.common.more}</Button></div>}
      {act?.kind === 'mend' && <Mend letter={act.letter} onDone={() => done(t.common.saved)} onClose={() => setAct(null)} />}
      {act?.kind === 'replay' && <Replay ids={act.ids} onDone={done} onClose={() => setAct(null)} />}
      {act?.kind === 'delete' && <Remove letter={act.letter} onDone={() => done()} onClose={() => setAct(null)} />}
    </Panel>
  );
}

function useAct<A, R = void>(work: (app: string, argument: A) => Promise<R>, onDone: (answer: R) => void) {
  const { app } = useScope();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (argument: A) => work(app.id, argument),
    onSuccess: async (answer) => {
      await queries.invalidateQueries({ queryKey: ['dead', app.id] });
      void queries.invalidateQueries({ queryKey: ['pipeline', app.id] });
      onDone(answer);
    },
  });
}

function Mend({ letter, onDone, onClose }: { letter: DeadLetter; onDone: () => void; onClose: () => void }) {
  const [text, setText] = useState(() => indented(letter.event_text));
  const save = useAct((app, event: string) => mendDeadLetter(app, letter.id, event), onDone);
  const good = isObjectText(text);
  return (
    <Modal opened onClose={onClose} title={p.mendTitle} size="lg" closeButtonProps={{ 'aria-label': t.common.close }}>
      <form onSubmit={(e) => { e.preventDefault(); if (good) save.mutate(text); }}>
        <Stack gap="md">
          <span className="muted" style={{ fontSize: '0.8125rem' }}>{letter.detail} {letter.field && <span className="mono">{letter.field}</span>}</span>
          <Textarea data-autofocus label={p.event} description={p.mendHint} autosize minRows={8} maxRows={20} value={text} spellCheck={false} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }}
            error={good ? undefined : p.notJson} onChange={(e) => setText(e.currentTarget.value)} />
          {save.error && <ProblemCard error={save.error} />}
          <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t.common.cancel}</Button><Button type="submit" disabled={!good} loading={save.isPending}>{t.common.save}</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Replay({ ids, onDone, onClose }: { ids: string[]; onDone: (note: string) => void; onClose: () => void }) {
  const refused = (answer: ReplayAnswer) => (typeof answer.rejected === 'number' ? answer.rejected : answer.rejected.length);
  const replay = useAct((app, wanted: string[]) => replayDeadLetters(app, wanted), (answer) => onDone(p.replayed(answer.accepted, refused(answer))));
  return <Confirm title={p.replayMany(ids.length)} what={p.replayWhat(ids.length)} action={p.replay} busy={replay.isPending} error={replay.error} onConfirm={() => replay.mutate(ids)} onClose={onClose} />;
}

function Remove({ letter, onDone, onClose }: { letter: DeadLetter; onDone: () => void; onClose: () => void }) {
  const remove = useAct((app, id: string) => deleteDeadLetter(app, id), onDone);
  return <Confirm title={p.deleteTitle} what={p.deleteWhat} action={t.common.delete} word={letter.code} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate(letter.id)} onClose={onClose} />;
}
