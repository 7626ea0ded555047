import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useState } from 'react';
import { createKey, fetchKeys, revokeKey } from '../../api/operate';
import type { ApiKey, KeyKind, NewApiKey } from '../../api/types';
import { Confirm } from '../../parts/Confirm';
import { CopyButton } from '../../parts/CopyButton';
import { DataTable } from '../../parts/DataTable';
import { Panel, Status } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { ago } from '../../state/numbers';
import { useNow } from '../../state/now';
import { useScope, useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';

const a = t.apps;
type Act = { kind: 'new' } | { kind: 'rotate' | 'revoke'; key: ApiKey };

export function Keys() {
  const { app } = useScope();
  const zone = useZone();
  const now = useNow(10_000);
  const [act, setAct] = useState<Act | null>(null);
  const keys = useQuery({ queryKey: ['keys', app.id], queryFn: ({ signal }) => fetchKeys(app.id, signal) });
  const close = () => setAct(null);
  const columns: ColumnDef<ApiKey>[] = [
    { header: a.name, accessorKey: 'name' },
    { header: a.kind, accessorKey: 'kind' },
    { header: a.prefix, accessorKey: 'prefix', cell: ({ row }) => <span className="mono">{row.original.prefix}…</span> },
    { header: a.created, accessorKey: 'created_at', cell: ({ row }) => <span className="line">{dateTime(zone, row.original.created_at)}</span> },
    { header: a.lastUsed, accessorFn: (row) => row.last_used_at ?? '', cell: ({ row }) => <span title={row.original.last_used_at ?? undefined}>{ago(row.original.last_used_at, now) ?? t.common.never}</span> },
    { header: a.state, accessorFn: (row) => stateOf(row, now), cell: ({ getValue }) => <Status tone={getValue() === a.active ? 'good' : 'off'}>{getValue() as string}</Status> },
    {
      id: 'acts', header: '', enableSorting: false, meta: { end: true },
      cell: ({ row }) => stateOf(row.original, now) !== a.active ? null : (
        <Group gap={6} justify="flex-end" wrap="nowrap">
          <Button size="compact-xs" variant="default" aria-label={a.rotateTitle(row.original.name)} onClick={() => setAct({ kind: 'rotate', key: row.original })}>{a.rotate}</Button>
          <Button size="compact-xs" variant="subtle" className="danger" aria-label={a.revokeTitle(row.original.name)} onClick={() => setAct({ kind: 'revoke', key: row.original })}>{a.revoke}</Button>
        </Group>
      ),
    },
  ];
  return (
    <Panel title={`${a.keys} · ${app.name || app.id}`} flush aside={<Button onClick={() => setAct({ kind: 'new' })}>{a.newKey}</Button>}>
      {keys.error ? <div className="panel-body"><ProblemCard error={keys.error} onRetry={() => void keys.refetch()} /></div>
        : <DataTable label={a.keys} rows={keys.data} columns={columns} rowId={(row) => row.id} empty={a.noKeys} />}
      {act?.kind === 'new' && <MakeKey onClose={close} />}
      {act?.kind === 'rotate' && <MakeKey old={act.key} onClose={close} />}
      {act?.kind === 'revoke' && <Revoke apiKey={act.key} onClose={close} />}
    </Panel>
  );
}

function stateOf(key: ApiKey, now: number): string {
  if (key.revoked_at) return a.revoked;
  return key.expires_at && Date.parse(key.expires_at) <= now ? a.expired : a.active;
}

function useKeyWork<A, R>(work: (app: string, argument: A) => Promise<R>, onDone?: (answer: R) => void) {
  const { app } = useScope();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (argument: A) => work(app.id, argument),
    onSuccess: async (answer) => {
      await queries.invalidateQueries({ queryKey: ['keys', app.id] });
      onDone?.(answer);
    },
  });
}

/** Makes a key, alone or in place of an old one, and shows its secret once. */
function MakeKey({ old, onClose }: { old?: ApiKey; onClose: () => void }) {
  const [kind, setKind] = useState<KeyKind>(old?.kind ?? 'write');
  const [name, setName] = useState(old?.name ?? '');
  const make = useKeyWork((app, body: { kind: KeyKind; name: string }) => createKey(app, body));
  const title = make.data ? a.secretTitle : old ? a.rotateTitle(old.name) : a.newKey;
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={!make.data} closeButtonProps={{ 'aria-label': t.common.close }}>
      {make.data ? <Secret made={make.data} old={old} onClose={onClose} /> : (
        <form onSubmit={(event) => { event.preventDefault(); make.mutate({ kind, name }); }}>
          <Stack gap="md">
            {old ? <span style={{ fontSize: '0.8125rem' }}>{a.rotateWhat}</span> : (
              <>
                <TextInput data-autofocus label={a.name} value={name} required withAsterisk={false} maxLength={128} onChange={(event) => setName(event.currentTarget.value)} />
                <Select label={a.kind} value={kind} onChange={(value) => setKind(value as KeyKind)}
                  data={(['write', 'read', 'server'] as const).map((value) => ({ value, label: t.kinds[value] }))} />
              </>
            )}
            {make.error && <ProblemCard error={make.error} />}
            <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t.common.cancel}</Button><Button type="submit" loading={make.isPending}>{a.makeKey}</Button></Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function Secret({ made, old, onClose }: { made: NewApiKey; old: ApiKey | undefined; onClose: () => void }) {
  return (
    <Stack gap="md">
      <span style={{ fontSize: '0.8125rem' }}>{a.secretOnce}</span>
      <div className="row" style={{ flexWrap: 'nowrap' }}><code className="code" style={{ flex: 1 }} data-secret>{made.key}</code><CopyButton value={made.key} /></div>
      {old && <span className="muted" style={{ fontSize: '0.8125rem' }}>{a.rotateNote(old.name)}</span>}
      <Group justify="flex-end"><Button onClick={onClose}>{t.common.close}</Button></Group>
    </Stack>
  );
}

function Revoke({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const revoke = useKeyWork((app, id: string) => revokeKey(app, id), onClose);
  return <Confirm title={a.revokeTitle(apiKey.name)} what={a.revokeWhat} action={a.revoke} word={apiKey.name} busy={revoke.isPending} error={revoke.error} onConfirm={() => revoke.mutate(apiKey.id)} onClose={onClose} />;
}
