import { Button, Textarea } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { fetchNotes, removeNote, writeNote, type PlayerNote } from '../../api/players';
import { Confirm } from '../../parts/Confirm';
import { Panel, Skeleton } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { useScope, useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';
import { useAct } from './Acts';

const p = t.players;

export function Notes({ id, onDone }: { id: string; onDone: (what: string) => void }) {
  const { app } = useScope();
  const zone = useZone();
  const [text, setText] = useState('');
  const [leaving, setLeaving] = useState<PlayerNote | null>(null);
  const notes = useInfiniteQuery({
    queryKey: ['player', app.id, id, 'notes'], initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => fetchNotes(app.id, id, pageParam, signal), getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const write = useAct(id, (name) => writeNote(name, id, text.trim()), () => { setText(''); onDone(p.done.note); });
  const remove = useAct(id, (name) => removeNote(name, id, leaving!.note_id), () => { setLeaving(null); onDone(p.done.noteRemoved); });
  const shown = notes.data?.pages.flatMap((page) => page.items);
  return (
    <Panel title={p.notes} hint={p.notesHint}>
      <form className="stack" style={{ gap: 8 }} onSubmit={(event) => { event.preventDefault(); write.mutate(); }}>
        <Textarea aria-label={p.newNote} placeholder={p.newNote} maxLength={2000} rows={3} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        {write.error && <ProblemCard error={write.error} />}
        <div><Button type="submit" variant="default" disabled={!text.trim()} loading={write.isPending}>{p.addNote}</Button></div>
      </form>
      {notes.error && !shown ? <ProblemCard error={notes.error} onRetry={() => void notes.refetch()} />
        : !shown ? <Skeleton height={80} />
          : shown.length === 0 ? <p className="muted">{p.noNotes}</p> : (
            <ul className="notes" aria-label={p.notes}>
              {shown.map((note) => (
                <li key={note.note_id}>
                  <p>{note.text}</p>
                  <span className="row muted">
                    {note.by} · {dateTime(zone, note.at)}
                    <Button size="compact-xs" variant="subtle" className="danger" aria-label={p.removeNoteOf(dateTime(zone, note.at))} onClick={() => setLeaving(note)}>{p.removeNote}</Button>
                  </span>
                </li>
              ))}
            </ul>
          )}
      {notes.hasNextPage && <Button variant="default" loading={notes.isFetchingNextPage} onClick={() => void notes.fetchNextPage()}>{t.common.more}</Button>}
      {leaving && <Confirm title={p.removeTitle} what={p.removeWhat} action={p.removeNote} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()} onClose={() => setLeaving(null)} />}
    </Panel>
  );
}
