import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { keptSearch } from '../state/search';
import { useAddress } from '../state/scope';
import { t } from '../text/en';

interface Props {
  id: string;
  children?: ReactNode;
}

/** To the page of a player; by name where it is known. */
export function PlayerLink({ id, children }: Props) {
  const [search] = useAddress();
  return <Link to="/players" search={{ ...keptSearch(search), player: id } as never} title={id}>{children ?? <span className="mono clip">{id}</span>}</Link>;
}

export function SessionLink({ id, children }: Props) {
  const [search] = useAddress();
  return <Link to="/sessions" search={{ ...keptSearch(search), session: id } as never} title={id}>{children ?? <span className="mono clip">{id}</span>}</Link>;
}

/** After an act: that it is done, and where it was written down. */
export function Done({ text, target }: { text: string; target: string }) {
  const [search] = useAddress();
  return (
    <p role="status" className="done">
      {text && <>{text} <Link to="/audit" search={{ ...keptSearch(search), q: target } as never}>{t.common.inAudit}</Link></>}
    </p>
  );
}
