import type { IconName } from '../parts/icons';
import { t } from '../text/en';

export interface PageLink {
  to: '/' | '/players' | '/sessions' | '/events' | '/retention' | '/leaderboards' | '/ratings' | '/notifications' | '/pipeline' | '/apps' | '/audit' | '/status';
  name: string;
  icon: IconName;
  /** Shows a range of time, so the range can be picked; else only the zone. */
  ranged: boolean;
}

// The wings of the house.
export const wings: { name: string; pages: PageLink[] }[] = [
  {
    name: t.nav.play,
    pages: [
      { to: '/players', name: t.nav.players, icon: 'players', ranged: false },
      { to: '/sessions', name: t.nav.sessions, icon: 'sessions', ranged: false },
      { to: '/leaderboards', name: t.nav.leaderboards, icon: 'leaderboards', ranged: false },
      { to: '/ratings', name: t.nav.ratings, icon: 'ratings', ranged: false },
      { to: '/notifications', name: t.nav.notifications, icon: 'notifications', ranged: false },
    ],
  },
  {
    name: t.nav.insight,
    pages: [
      { to: '/', name: t.nav.overview, icon: 'overview', ranged: true },
      { to: '/events', name: t.nav.events, icon: 'events', ranged: true },
      { to: '/retention', name: t.nav.retention, icon: 'retention', ranged: false },
    ],
  },
  {
    name: t.nav.operate,
    pages: [
      { to: '/pipeline', name: t.nav.pipeline, icon: 'pipeline', ranged: false },
      { to: '/apps', name: t.nav.apps, icon: 'apps', ranged: false },
      { to: '/audit', name: t.nav.audit, icon: 'audit', ranged: false },
      { to: '/status', name: t.nav.health, icon: 'health', ranged: false },
    ],
  },
];

export const allPages = wings.flatMap((wing) => wing.pages);
