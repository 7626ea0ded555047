import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { useEffect, useMemo, useState } from 'react';
import { fetchApps } from '../api/operate';
import { session } from '../api/session';
import { t } from '../text/en';

/** In whose name GraphiQL asks: a read key, or the dashboard's session and one of its apps. */
interface Asker {
  bearer: string;
  app: string;
}

const keptKey = 'gamekeeper.explorer-key';
const address = new URLSearchParams(location.search);

function makeFetcher({ bearer, app }: Asker): Fetcher {
  const headers: Record<string, string> = { Authorization: `Bearer ${bearer}`, ...(app ? { 'Gamekeeper-App': app } : {}) };
  return createGraphiQLFetcher({
    url: '/graphql',
    fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...headers } }),
    wsClient: createClient({
      url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
      connectionParams: { authorization: headers.Authorization, ...(app ? { app } : {}) },
    }),
  });
}

export function Explorer() {
  const signedIn = session();
  const [key, setKey] = useState(() => sessionStorage.getItem(keptKey) ?? '');
  const [app, setApp] = useState(address.get('app') ?? '');
  const [apps, setApps] = useState<string[]>([]);
  useEffect(() => sessionStorage.setItem(keptKey, key), [key]);
  useEffect(() => {
    if (!signedIn) return;
    void fetchApps().then((all) => {
      setApps(all.map((one) => one.id));
      setApp((chosen) => chosen || all[0]?.id || '');
    }, () => undefined);
  }, [signedIn]);

  const bearer = key.trim() || signedIn?.token || '';
  const asker = useMemo<Asker>(() => ({ bearer, app: key.trim() ? '' : app }), [bearer, app, key]);
  const ready = key.trim() !== '' || (signedIn !== null && app !== '');
  const fetcher = useMemo(() => makeFetcher(asker), [asker]);
  return (
    <div className="explorer">
      <header className="asker">
        <a href="/">{t.product}</a>
        {signedIn && (
          <label>
            {t.explorer.app}
            <select value={app} onChange={(event) => setApp(event.target.value)}>
              {apps.map((id) => <option key={id}>{id}</option>)}
            </select>
          </label>
        )}
        <label>
          {signedIn ? t.explorer.otherKey : t.explorer.key}
          <input
            type="password"
            defaultValue={key}
            autoComplete="off"
            onBlur={(event) => setKey(event.target.value)}
            onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
          />
        </label>
      </header>
      {/* With another asker the schema is loaded anew. */}
      <GraphiQL
        key={`${ready} ${asker.bearer} ${asker.app}`}
        fetcher={fetcher}
        {...(ready ? {} : { schema: null })}
        defaultQuery={t.explorer.firstQuery}
        {...(address.get('query') ? { query: address.get('query')!, variables: address.get('variables') ?? '' } : {})}
        isHeadersEditorEnabled={false}
        shouldPersistHeaders={false}
      />
    </div>
  );
}
