import { ActionIcon } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { t } from '../text/en';
import { Icon } from './icons';

export function CopyButton({ value, label = t.common.copy }: { value: string; label?: string }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} onClick={() => clipboard.copy(value)}>
        <Icon name={clipboard.copied ? 'check' : 'copy'} size={14} />
      </ActionIcon>
      <span className="sr" role="status">{clipboard.copied ? t.common.copied : ''}</span>
    </>
  );
}
