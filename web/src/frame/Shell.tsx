import { useQuery } from '@tanstack/react-query';
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef } from 'react';
import { fetchApps } from '../api/operate';
import { onSession, session } from '../api/session';
import { PageHead, Skeleton } from '../parts/Page';
import { ProblemCard } from '../parts/Problem';
import { LiveProvider } from '../state/live';
import { ScopeContext, useAddress } from '../state/scope';
import { t } from '../text/en';
import { Rail } from './Rail';
import { Top } from './Top';

/** The frame around every page: who may see it, which app it is about, the rail and the bar. */
export function Shell() {
  useSignedIn();
  const apps = useQuery({ queryKey: ['apps'], queryFn: ({ signal }) => fetchApps(signal), enabled: session() !== null });
  const [{ app: wanted }] = useAddress();
  const scope = useMemo(() => {
    const app = apps.data?.find((one) => one.id === wanted) ?? (wanted ? undefined : apps.data?.[0]);
    return app && apps.data ? { app, apps: apps.data } : null;
  }, [apps.data, wanted]);

  if (apps.error) return <main className="content"><ProblemCard error={apps.error} onRetry={() => void apps.refetch()} /></main>;
  if (!apps.data) return <main className="content"><Skeleton height="60dvh" /></main>;
  if (!scope) return <NoSuchApp text={apps.data.length === 0 ? t.notFound.noApps : t.notFound.app} />;
  return (
    <ScopeContext.Provider value={scope}>
      <LiveProvider key={scope.app.id} app={scope.app.id} currency={scope.app.settings.currency ?? 'USD'}>
        <Frame />
      </LiveProvider>
    </ScopeContext.Provider>
  );
}

function Frame() {
  const { pathname } = useLocation();
  const content = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current !== pathname) content.current?.focus({ preventScroll: true }); // a reader hears the new page
    before.current = pathname;
  }, [pathname]);
  return (
    <>
      <a className="skip" href="#content">{t.skip}</a>
      <div className="frame">
        <aside className="rail"><Rail /></aside>
        <div style={{ minWidth: 0 }}>
          <Top />
          <main id="content" className="content" ref={content} tabIndex={-1}><Outlet /></main>
        </div>
      </div>
    </>
  );
}

function NoSuchApp({ text }: { text: string }) {
  return (
    <main className="content">
      <PageHead title={t.apps.title} />
      <div className="empty">{text} <a href="/">{t.notFound.back}</a></div>
    </main>
  );
}

/** When the session ends, the sign-in page follows, and leads back to this address. */
function useSignedIn(): void {
  const navigate = useNavigate();
  useEffect(() => onSession(() => {
    if (session()) return;
    const next = location.pathname + location.search;
    void navigate({ to: '/signin', search: (next === '/' ? {} : { next }) as never });
  }), [navigate]);
}
