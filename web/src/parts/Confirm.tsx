import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { t } from '../text/en';
import { ProblemCard } from './Problem';

interface Props {
  title: string;
  what: string;
  action: string;
  /** Typed before the act, where it can not be undone. */
  word?: string;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** Says what will happen, and asks for a name to be typed when it can't be undone. */
export function Confirm({ title, what, action, word, busy, error, onConfirm, onClose }: Props) {
  const [typed, setTyped] = useState('');
  const ready = word === undefined || typed === word;
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t.common.close }}>
      <form onSubmit={(event) => { event.preventDefault(); if (ready && !busy) onConfirm(); }}>
        <Stack gap="md">
          <Text size="sm">{what}</Text>
          {word !== undefined && (
            <TextInput data-autofocus label={t.common.typeToConfirm(word)} value={typed} autoComplete="off"
              onChange={(event) => setTyped(event.currentTarget.value)} />
          )}
          {error ? <ProblemCard error={error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t.common.cancel}</Button>
            <Button type="submit" {...(word === undefined ? {} : { color: 'red.9' })} disabled={!ready} loading={busy}>{action}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
