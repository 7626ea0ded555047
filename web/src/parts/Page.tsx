import { Tooltip } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { t } from '../text/en';
import { Icon } from './icons';

export function PageHead({ title, lead, children }: { title: string; lead?: string; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${t.product}`;
  }, [title]);
  return (
    <header className="page-head">
      <h1>{title}</h1>
      <span className="grow" />
      {children}
      {lead && <p>{lead}</p>}
    </header>
  );
}

interface PanelProps {
  title: string;
  aside?: ReactNode;
  hint?: string;
  children: ReactNode;
  flush?: boolean;
}

export function Panel({ title, aside, hint, children, flush }: PanelProps) {
  return (
    <section className="panel" aria-label={title}>
      <div className="panel-head">
        <h2>{title}</h2>
        {hint && <Hint name={title} text={hint} />}
        <span className="grow" />
        {aside}
      </div>
      {flush ? children : <div className="panel-body">{children}</div>}
    </section>
  );
}

/** How a number is counted, on hover, on focus and on touch. */
export function Hint({ name, text }: { name: string; text: string }) {
  return (
    <Tooltip label={text}>
      <button type="button" className="hint" aria-label={`${t.common.howCounted(name)}: ${text}`}><Icon name="hint" size={14} /></button>
    </Tooltip>
  );
}

/** A place held at its final size; unseen for the first 150 ms. */
export function Skeleton({ height, width = '100%' }: { height: number | string; width?: number | string }) {
  return <span className="skeleton" style={{ height, width }} role="status" aria-label={t.common.loading} />;
}

export function Status({ tone, children }: { tone: 'good' | 'warn' | 'bad' | 'off'; children: ReactNode }) {
  return <span className="chip"><span className={`dot ${tone}`} />{children}</span>;
}
