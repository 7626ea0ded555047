import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { createKey, fetchKeys } from '../../api/operate';
import { CopyButton } from '../../parts/CopyButton';
import { Panel } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { useScope } from '../../state/scope';
import { t } from '../../text/en';

/** An app without events: how to send the first one. */
export function FirstEvent() {
  const { app } = useScope();
  const keys = useQuery({ queryKey: ['keys', app.id], queryFn: ({ signal }) => fetchKeys(app.id, signal) });
  const key = keys.data?.find((one) => one.kind === 'write' && !one.revoked_at);
  const words = t.overview.empty;
  // Keys are kept as hashes, so the line can only be filled with one that is made here and now.
  const made = useMutation({ mutationFn: () => createKey(app.id, { kind: 'write', name: words.keyName }) });
  const event = JSON.stringify({ events: [{ name: 'session_start', player_id: 'player-1', properties: { platform: 'web', country: 'DE' } }] });
  const line = `curl ${location.origin}/api/v1/events \\\n  -H 'Authorization: Bearer ${made.data?.key ?? `${key?.prefix ?? 'gk_write_'}…YOUR_WRITE_KEY`}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${event}'`;
  return (
    <Panel title={words.title}>
      <div className="stack">
        <span className="muted" style={{ fontSize: '0.8125rem' }}>{words.lead(app.name || app.id)}</span>
        <div style={{ position: 'relative' }}>
          <pre className="code" tabIndex={0}>{line}</pre>
          <div style={{ position: 'absolute', top: 6, right: 6 }}><CopyButton value={line} /></div>
        </div>
        <span className="muted" style={{ fontSize: '0.8125rem' }}>{made.data ? words.filled(made.data.name) : key ? words.key(key.name) : words.noKey} <a href="/docs">{words.docs}</a></span>
        {made.error ? <ProblemCard error={made.error} /> : !made.data && <div><Button loading={made.isPending} onClick={() => made.mutate()}>{words.make}</Button></div>}
        <span className="row muted" role="status" style={{ fontSize: '0.8125rem' }}><span className="dot warn" />{words.waiting}</span>
      </div>
    </Panel>
  );
}
