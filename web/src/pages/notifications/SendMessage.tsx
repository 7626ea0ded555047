import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { fetchTemplates, sendMessage, type NewMessage, type NotificationTemplate, type Wordings } from '../../api/notifications';
import { ProblemCard } from '../../parts/Problem';
import { useScope, useZone } from '../../state/scope';
import { t } from '../../text/en';
import { nobody, ReachLine, reachText, SegmentFields, segmentOf, useReach } from './SegmentFields';
import { Preview } from './Preview';
import { useWork } from './work';
import { variablesIn } from './words';

const n = t.notifications;

/** Whom, what, how many; then, typed by hand, that it is meant. */
export function SendMessage({ onClose }: { onClose: () => void }) {
  const { app } = useScope();
  const zone = useZone();
  const templates = useQuery({ queryKey: ['templates', app.id], queryFn: ({ signal }) => fetchTemplates(app.id, signal) });
  const [whom, setWhom] = useState(nobody);
  const [name, setName] = useState('');
  const [own, setOwn] = useState({ title: '', body: '' });
  const [data, setData] = useState<Record<string, string>>({});
  const [typed, setTyped] = useState('');
  const [sure, setSure] = useState(false);
  const [key] = useState(randomKey);
  const send = useWork('messages', (id, body: NewMessage) => sendMessage(id, body, key), onClose);

  const segment = segmentOf(whom, zone);
  const { reach, error } = useReach(segment);
  const template = templates.data?.find((one) => one.name === name);
  const words: Wordings = template ? template.words : { en: own };
  const variables = variablesOf(template, words);
  const ready = segment !== null && reach !== undefined && (template ? true : own.title.trim() !== '');
  const body = (): NewMessage => ({ segment: segment!, data: Object.fromEntries(variables.map((one) => [one, data[one] ?? ''])), ...(template ? { template: template.name } : own) });
  const submit = () => {
    if (!sure) setSure(true);
    else if (typed === app.id && !send.isPending) send.mutate(body());
  };
  return (
    <Modal opened onClose={onClose} title={n.newMessage} size="lg" closeButtonProps={{ 'aria-label': t.common.close }}>
      <form onSubmit={(event) => { event.preventDefault(); if (ready) submit(); }}>
        <Stack gap="md">
          {sure ? (
            <>
              <span style={{ fontSize: '0.875rem' }} data-sure>{n.sure(reach ? reachText(reach) : '')}</span>
              <Preview words={words} values={{ player_id: 'player-1', ...data }} />
              <TextInput data-autofocus autoFocus label={t.common.typeToConfirm(app.id)} value={typed} autoComplete="off" onChange={(event) => setTyped(event.currentTarget.value)} />
            </>
          ) : (
            <>
              <SegmentFields draft={whom} onChange={setWhom} />
              <ReachLine reach={reach} error={error} asked={segment !== null} />
              <Select label={n.words} value={name} onChange={(value) => setName(value ?? '')} data={[{ value: '', label: n.ownWords }, ...(templates.data ?? []).filter((one) => Object.keys(one.words).length > 0).map((one) => one.name)]} />
              {!template && (
                <>
                  <TextInput label={n.wordsTitle} value={own.title} maxLength={200} onChange={(event) => setOwn({ ...own, title: event.currentTarget.value })} />
                  <Textarea label={n.body} value={own.body} maxLength={4000} autosize minRows={2} maxRows={8} onChange={(event) => setOwn({ ...own, body: event.currentTarget.value })} />
                </>
              )}
              {variables.length > 0 && (
                <div className="pair">
                  {variables.map((one) => <TextInput key={one} label={one} value={data[one] ?? ''} onChange={(event) => setData({ ...data, [one]: event.currentTarget.value })} />)}
                </div>
              )}
              <Preview words={words} values={{ player_id: 'player-1', ...data }} />
            </>
          )}
          {send.error && <ProblemCard error={send.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={sure ? () => setSure(false) : onClose}>{sure ? n.back : t.common.cancel}</Button>
            <Button type="submit" {...(sure ? { color: 'red.9' } : {})} disabled={!ready || (sure && typed !== app.id)} loading={send.isPending}>{sure ? n.send : n.review}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Not crypto.randomUUID(), which is missing where the dashboard is served without TLS. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What the sender fills in: all but the reader's own id. */
function variablesOf(template: NotificationTemplate | undefined, words: Wordings): string[] {
  const all = template ? template.variables : Object.values(words).flatMap(variablesIn);
  return [...new Set(all)].filter((one) => one !== 'player_id' && one.trim() !== '');
}
