import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { Wordings } from '../../api/notifications';
import { t } from '../../text/en';
import { localeOf, worded } from './words';

const n = t.notifications;

/** A notification as its reader sees it, in one language at a time. */
export function Preview({ words, values, locale }: { words: Wordings; values: Record<string, string>; locale?: string }) {
  const [chosen, setChosen] = useState<string>();
  const locales = Object.keys(words);
  const shown = locale ?? (chosen !== undefined && chosen in words ? chosen : localeOf(words));
  const one = words[shown] ?? { title: '', body: '' };
  return (
    <section aria-label={n.preview} className="preview">
      <div className="row" style={{ justifyContent: 'space-between' }}>
        <span className="muted" style={{ fontSize: '0.75rem' }}>{n.preview}</span>
        {locale === undefined && locales.length > 1 && <SegmentedControl size="xs" aria-label={n.language} value={shown} data={locales} onChange={setChosen} />}
      </div>
      <div className="note" data-preview lang={shown}>
        <b>{worded(one.title, values) || n.noTitle}</b>
        <span style={{ whiteSpace: 'pre-wrap' }}>{worded(one.body, values)}</span>
      </div>
    </section>
  );
}
