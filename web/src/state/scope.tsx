import { useNavigate, useSearch } from '@tanstack/react-router';
import { createContext, useCallback, useContext } from 'react';
import type { App } from '../api/types';
import { useNow } from './now';
import { usualRange } from './range';
import type { Search } from './search';
import { isZone, viewerZone } from './zone';

/** The app that is shown, and the others one may switch to. */
export interface Scope {
  app: App;
  apps: App[];
}

export const ScopeContext = createContext<Scope | null>(null);

export function useScope(): Scope {
  const scope = useContext(ScopeContext);
  if (!scope) throw new Error('no app is chosen');
  return scope;
}

export function useAddress(): [Search, (change: Search, replace?: boolean) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const change = useCallback(
    (next: Search, replace = false) => {
      void navigate({ to: '.', search: ((old: Search) => ({ ...old, ...next })) as never, replace, resetScroll: false });
    },
    [navigate],
  );
  return [search, change];
}

/** The zone in which this page shows times, and its name. */
export function useZone(): string {
  const [search] = useAddress();
  const { app } = useScope();
  if (search.zone === 'viewer') return viewerZone;
  if (search.zone && isZone(search.zone)) return search.zone;
  return app.settings.timezone && isZone(app.settings.timezone) ? app.settings.timezone : 'UTC';
}

/** What is shown when the address names no range. */
export function useUsualRange() {
  const { app } = useScope();
  return usualRange(app.created_at, useNow(60_000));
}

export function useCurrency(): string {
  return useScope().app.settings.currency ?? 'USD';
}
