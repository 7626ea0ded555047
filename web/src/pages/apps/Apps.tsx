import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useState } from 'react';
import { createApp } from '../../api/operate';
import type { App } from '../../api/types';
import { DataTable } from '../../parts/DataTable';
import { PageHead, Panel } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { useAddress, useScope, useZone } from '../../state/scope';
import { dateTime } from '../../state/zone';
import { t } from '../../text/en';
import { Keys } from './Keys';
import { Settings, zones } from './Settings';

const a = t.apps;

export default function Apps() {
  const { app } = useScope();
  const [making, setMaking] = useState(false);
  return (
    <>
      <PageHead title={a.title}><Button variant="default" onClick={() => setMaking(true)}>{a.newApp}</Button></PageHead>
      <div className="stack">
        <Keys key={`keys ${app.id}`} />
        <Settings key={`settings ${app.id}`} />
        <Panel title={a.apps} flush><AppList /></Panel>
      </div>
      {making && <NewApp onClose={() => setMaking(false)} />}
    </>
  );
}

function AppList() {
  const { app, apps } = useScope();
  const [, change] = useAddress();
  const zone = useZone();
  const columns: ColumnDef<App>[] = [
    { header: a.name, accessorFn: (row) => row.name || row.id },
    { header: a.id, accessorKey: 'id', cell: ({ row }) => <span className="mono">{row.original.id}</span> },
    { header: a.zone, accessorFn: (row) => row.settings.timezone ?? 'UTC' },
    { header: a.currency, accessorFn: (row) => row.settings.currency ?? 'USD' },
    { header: a.environment, accessorFn: (row) => row.settings.environment ?? t.common.none },
    { header: a.created, accessorKey: 'created_at', cell: ({ row }) => dateTime(zone, row.original.created_at) },
    {
      id: 'show', header: '', enableSorting: false, meta: { end: true },
      cell: ({ row }) => (row.original.id === app.id ? <span className="chip accent">{a.current}</span>
        : <Button size="compact-xs" variant="default" aria-label={`${a.show} ${row.original.name || row.original.id}`} onClick={() => change({ app: row.original.id })}>{a.show}</Button>),
    },
  ];
  return <DataTable label={a.apps} rows={apps} columns={columns} rowId={(row) => row.id} empty={t.common.none} />;
}

function NewApp({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [, change] = useAddress();
  const [id, setId] = useState('');
  const [name, setName] = useState('');
  const [timezone, setTimezone] = useState('UTC');
  const [currency, setCurrency] = useState('USD');
  const create = useMutation({
    mutationFn: () => createApp({ id, ...(name ? { name } : {}), settings: { timezone, currency } }),
    onSuccess: async (app) => {
      await queries.invalidateQueries({ queryKey: ['apps'] });
      onClose();
      change({ app: app.id });
    },
  });
  return (
    <Modal opened onClose={onClose} title={a.newApp} closeButtonProps={{ 'aria-label': t.common.close }}>
      <form onSubmit={(event) => { event.preventDefault(); create.mutate(); }}>
        <Stack gap="md">
          <TextInput data-autofocus label={a.id} description={a.idHint} value={id} required withAsterisk={false} pattern="[a-z0-9][a-z0-9_-]{0,62}" onChange={(event) => setId(event.currentTarget.value)} />
          <TextInput label={a.name} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Select label={a.zone} data={zones} value={timezone} searchable onChange={(zone) => zone && setTimezone(zone)} />
          <TextInput label={a.currency} value={currency} maxLength={3} onChange={(event) => setCurrency(event.currentTarget.value.toUpperCase())} />
          {create.error && <ProblemCard error={create.error} />}
          <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t.common.cancel}</Button><Button type="submit" loading={create.isPending}>{a.newApp}</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
