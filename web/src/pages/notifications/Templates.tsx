import type { ColumnDef } from '@tanstack/react-table';
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { fetchTemplates, type NotificationTemplate } from '../../api/notifications';
import { DataTable } from '../../parts/DataTable';
import { Opened } from '../../parts/Opened';
import { Panel, Status } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { useAddress, useScope } from '../../state/scope';
import { t } from '../../text/en';
import { EditTemplate } from './EditTemplate';

const n = t.notifications;
const goodName = /^[a-z0-9_-]{1,64}$/;

/** How notifications are worded; one of them opened for editing by the address. */
export function Templates() {
  const { app } = useScope();
  const [{ template }, change] = useAddress();
  const [isNew, setNew] = useState(false);
  const templates = useQuery({ queryKey: ['templates', app.id], queryFn: ({ signal }) => fetchTemplates(app.id, signal) });
  const columns: ColumnDef<NotificationTemplate>[] = [
    { header: n.name, accessorKey: 'name', cell: ({ row }) => <span className="mono">{row.original.name}</span> },
    { header: n.languages, id: 'languages', enableSorting: false, cell: ({ row }) => Object.keys(row.original.words).join(', ') || <span className="muted">{n.silent}</span> },
    { header: n.variables, id: 'variables', enableSorting: false, cell: ({ row }) => <span className="mono clip" title={row.original.variables.join(', ')}>{row.original.variables.join(', ')}</span> },
    { header: n.state, id: 'state', enableSorting: false, cell: ({ row }) => <Status tone={row.original.built_in ? 'off' : 'good'}>{row.original.built_in ? n.builtIn : n.written}</Status> },
    { id: 'acts', header: '', enableSorting: false, meta: { end: true }, cell: ({ row }) => <Button size="compact-xs" variant="default" aria-label={n.editOf(row.original.name)} onClick={() => change({ template: row.original.name })}>{n.edit}</Button> },
  ];
  return (
    <div className="stack">
      <Panel title={n.tabs.templates} hint={n.templatesHow} flush aside={<Button onClick={() => setNew(true)}>{n.newTemplate}</Button>}>
        {templates.error && !templates.data ? <div className="panel-body"><ProblemCard error={templates.error} onRetry={() => void templates.refetch()} /></div>
          : <DataTable label={n.tabs.templates} rows={templates.data} columns={columns} rowId={(row) => row.name} lit={template} empty={t.common.none} />}
      </Panel>
      {template && templates.data && (
        <Opened key={template}><EditTemplate name={template} known={templates.data.find((one) => one.name === template)} onClose={() => change({ template: '' })} /></Opened>
      )}
      {isNew && <NewTemplate taken={templates.data?.map((one) => one.name) ?? []} onName={(name) => { setNew(false); change({ template: name }); }} onClose={() => setNew(false)} />}
    </div>
  );
}

function NewTemplate({ taken, onName, onClose }: { taken: string[]; onName: (name: string) => void; onClose: () => void }) {
  const [name, setName] = useState('');
  const wrong = name === '' ? undefined : !goodName.test(name) ? n.badName : taken.includes(name) ? n.takenName : undefined;
  return (
    <Modal opened onClose={onClose} title={n.newTemplate} closeButtonProps={{ 'aria-label': t.common.close }}>
      <form onSubmit={(event) => { event.preventDefault(); if (name && !wrong) onName(name); }}>
        <Stack gap="md">
          <TextInput data-autofocus label={n.name} description={n.nameHint} value={name} error={wrong} autoComplete="off" onChange={(event) => setName(event.currentTarget.value)} />
          <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t.common.cancel}</Button><Button type="submit" disabled={!name || !!wrong}>{n.write}</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
