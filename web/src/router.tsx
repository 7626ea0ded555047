import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { session } from './api/session';
import { Shell } from './frame/Shell';
import { ProblemCard } from './parts/Problem';
import { parseSearch, stringifySearch, validateSearch } from './state/search';
import { t } from './text/en';

const root = createRootRoute({ validateSearch });

const signin = createRoute({ getParentRoute: () => root, path: '/signin', component: lazyRouteComponent(() => import('./pages/signin/SignIn')) });

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: ({ location }) => {
    if (!session()) throw redirect({ to: '/signin', search: { next: location.href === '/' ? undefined : location.href } as never });
  },
});

const page = <P extends string>(path: P, load: () => Promise<{ default: React.ComponentType }>) =>
  createRoute({ getParentRoute: () => shell, path, component: lazyRouteComponent(load) });

const tree = root.addChildren([
  signin,
  shell.addChildren([
    page('/', () => import('./pages/overview/Overview')),
    page('/events', () => import('./pages/events/Events')),
    page('/retention', () => import('./pages/retention/Retention')),
    page('/players', () => import('./pages/players/Players')),
    page('/sessions', () => import('./pages/sessions/Sessions')),
    page('/leaderboards', () => import('./pages/leaderboards/Leaderboards')),
    page('/ratings', () => import('./pages/ratings/Ratings')),
    page('/notifications', () => import('./pages/notifications/Notifications')),
    page('/pipeline', () => import('./pages/pipeline/Pipeline')),
    page('/apps', () => import('./pages/apps/Apps')),
    page('/audit', () => import('./pages/audit/Audit')),
    page('/status', () => import('./pages/health/Health')),
  ]),
]);

export function makeRouter() {
  return createRouter({
    routeTree: tree,
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultErrorComponent: ({ error }) => <ProblemCard error={error} />,
    defaultNotFoundComponent: NotFound,
  });
}

function NotFound() {
  return <div className="empty">{t.notFound.text} <a href="/">{t.notFound.back}</a></div>;
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
