import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { fetchInfo } from '../api/operate';
import icon from '../icon.svg';
import { Icon } from '../parts/icons';
import { keptSearch } from '../state/search';
import { useAddress, useScope } from '../state/scope';
import { t } from '../text/en';
import { wings } from './pages';

export function useInfo() {
  const { app } = useScope();
  return useQuery({ queryKey: ['info'], queryFn: ({ signal }) => fetchInfo(app.id, signal), staleTime: 60_000 });
}

export function Rail({ onGo }: { onGo?: () => void }) {
  const [search] = useAddress();
  const kept = keptSearch(search);
  const info = useInfo();
  return (
    <nav aria-label={t.nav.label} style={{ display: 'contents' }}>
      <Link className="brand" to="/" search={kept as never} {...(onGo ? { onClick: onGo } : {})}><img src={icon} alt="" />{t.product}</Link>
      {wings.map((wing) => (
        <div key={wing.name}>
          <h2>{wing.name}</h2>
          <ul>
            {wing.pages.map((page) => (
              <li key={page.to}>
                <Link className="rail-link" to={page.to} search={kept as never} activeOptions={{ exact: true, includeSearch: false }} {...(onGo ? { onClick: onGo } : {})}>
                  <Icon name={page.icon} />{page.name}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <div className="rail-foot">{info.data ? `${info.data.version} · ${info.data.mode}` : '\u00a0'}</div>
    </nav>
  );
}
