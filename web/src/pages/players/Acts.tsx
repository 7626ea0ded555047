import { Button, Group, Modal, Select, Stack, Text, TextInput, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { banPlayer, endSignIns, erasePlayer, fetchSignIns, unbanPlayer } from '../../api/players';
import { Confirm } from '../../parts/Confirm';
import { ProblemCard } from '../../parts/Problem';
import { useScope, useZone } from '../../state/scope';
import { dayMs, fromLocalInput, localInput } from '../../state/zone';
import { t } from '../../text/en';

const p = t.players;

export type Act = { kind: 'ban' } | { kind: 'lift' } | { kind: 'erase' } | { kind: 'signOut'; signIn?: string };

interface Props {
  id: string;
  name: string;
  onDone: (what: string) => void;
  onClose: () => void;
}

export function useAct(id: string, work: (app: string) => Promise<unknown>, onDone: () => void) {
  const { app } = useScope();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => work(app.id),
    onSuccess: async () => {
      // Everything that is shown of the player is asked for again.
      await Promise.all([queries.invalidateQueries({ queryKey: ['player', app.id, id] }), queries.invalidateQueries({ queryKey: ['players', app.id] })]);
      onDone();
    },
  });
}

/** How many sign-ins an act ends, in words. */
function useHowMany(id: string): string {
  const { app } = useScope();
  const found = useQuery({ queryKey: ['player', app.id, id, 'sign-ins'], queryFn: ({ signal }) => fetchSignIns(app.id, id, undefined, signal) });
  return found.data ? p.howMany(found.data.items.length, found.data.next_cursor !== null) : t.common.none;
}

export function LiftBan({ id, name, onDone, onClose }: Props) {
  const lift = useAct(id, (app) => unbanPlayer(app, id), () => onDone(p.done.lift));
  return <Confirm title={p.liftTitle(name)} what={p.liftWhat} action={p.lift} busy={lift.isPending} error={lift.error} onConfirm={() => lift.mutate()} onClose={onClose} />;
}

export function SignOut({ id, name, signIn, onDone, onClose }: Props & { signIn?: string | undefined }) {
  const end = useAct(id, (app) => endSignIns(app, id, signIn), () => onDone(p.done.signOut));
  const howMany = useHowMany(id);
  return <Confirm title={signIn ? p.endOneTitle : p.endAllTitle(name)} what={signIn ? p.endOneWhat : p.endAllWhat(howMany)} action={signIn ? p.endOne : p.endAll}
    busy={end.isPending} error={end.error} onConfirm={() => end.mutate()} onClose={onClose} />;
}

/** Nothing of the player is kept here or asked for again; the list is. */
export function ErasePlayer({ id, name, onDone, onClose }: Props) {
  const { app } = useScope();
  const queries = useQueryClient();
  const erase = useMutation({
    mutationFn: () => erasePlayer(app.id, id),
    onSuccess: () => {
      for (const key of ['player', 'name']) queries.removeQueries({ queryKey: [key, app.id, id] });
      void queries.invalidateQueries({ queryKey: ['players', app.id] });
      onDone(p.done.erase);
    },
  });
  return <Confirm title={p.eraseTitle(name)} what={p.eraseWhat} action={p.erase} word={name} busy={erase.isPending} error={erase.error}
    onConfirm={() => erase.mutate()} onClose={onClose} />;
}

const spans = ['1', '7', '30'] as const;

export function BanPlayer({ id, name, onDone, onClose }: Props) {
  const zone = useZone();
  const [reason, setReason] = useState('');
  const [span, setSpan] = useState('7');
  const [date, setDate] = useState(() => localInput(zone, Date.now() + dayMs));
  const [wrong, setWrong] = useState(false);
  const howMany = useHowMany(id);
  const until = () => {
    if (span === '') return null;
    return span === 'custom' ? fromLocalInput(zone, date) ?? 0 : Date.now() + Number(span) * dayMs;
  };
  const ban = useAct(id, (app) => { const end = until(); return banPlayer(app, id, reason.trim(), end === null ? null : new Date(end).toISOString()); }, () => onDone(p.done.ban));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const end = until();
    if (end !== null && end <= Date.now()) return setWrong(true);
    ban.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={p.banTitle(name)} closeButtonProps={{ 'aria-label': t.common.close }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">{p.banWhat(howMany)}</Text>
          <Textarea data-autofocus label={p.reason} description={p.reasonHint} required withAsterisk={false} maxLength={500} rows={3} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          <Select label={p.until} value={span} onChange={(value) => { setSpan(value ?? ''); setWrong(false); }}
            data={[...spans.map((value) => ({ value: value as string, label: p.spans[value] })), { value: 'custom', label: p.custom }, { value: '', label: p.forGood }]} />
          {span === 'custom' && <TextInput type="datetime-local" label={`${p.date} · ${zone}`} value={date} error={wrong ? p.future : undefined} onChange={(event) => { setDate(event.currentTarget.value); setWrong(false); }} />}
          {ban.error && <ProblemCard error={ban.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t.common.cancel}</Button>
            <Button type="submit" color="red.9" disabled={!reason.trim()} loading={ban.isPending}>{p.ban}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
