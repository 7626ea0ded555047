import { Modal, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedValue, useDisclosure, useHotkeys } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMantineColorScheme } from '@mantine/core';
import { useEffect, useMemo, useState, type KeyboardEvent } from 'react';
import { fetchEventNames } from '../api/insight';
import { fetchPlayers } from '../api/players';
import { fetchSession } from '../api/sessions';
import { Icon } from '../parts/icons';
import { keptSearch } from '../state/search';
import { useAddress, useScope } from '../state/scope';
import { t } from '../text/en';
import { allPages } from './pages';

interface Entry {
  id: string;
  name: string;
  kind: string;
  go: () => void;
}

/** Ctrl-K: pages, events and apps by name, players and sessions by name or id. */
export function Palette() {
  const [opened, { open, close }] = useDisclosure(false);
  useHotkeys([['mod+K', open]], []);
  return (
    <>
      <UnstyledButton onClick={open} aria-label={`${t.top.search}, Ctrl K`} title="Ctrl K" className="row" style={{ padding: 8, borderRadius: 8 }}>
        <Icon name="search" /><span className="kbd not-phone">Ctrl K</span>
      </UnstyledButton>
      <Modal opened={opened} onClose={close} withCloseButton={false} yOffset="12dvh" centered={false} padding="sm">
        <h2 className="sr">{t.palette.title}</h2>
        <List onDone={close} />
      </Modal>
    </>
  );
}

function List({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const entries = useEntries();
  const people = usePeople(text.trim());
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return [...entries.filter((entry) => entry.name.toLowerCase().includes(wanted)).slice(0, 40), ...people];
  }, [entries, people, text]);
  useEffect(() => setAt(0), [text]);
  useEffect(() => {
    // In braces: newer browsers answer with a promise, which React would call when the list goes.
    void document.getElementById(`palette-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onDone();
    entry.go();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt((i) => Math.min(i + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setAt((i) => Math.max(i - 1, 0));
    else if (event.key === 'Enter') run(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <TextInput data-autofocus aria-label={t.palette.title} placeholder={t.palette.placeholder} value={text} onKeyDown={onKeyDown}
        role="combobox" aria-expanded aria-controls="palette-list" aria-activedescendant={found[at] ? `palette-${at}` : undefined}
        onChange={(event) => setText(event.currentTarget.value)} />
      {found.length === 0 && <div className="empty">{t.palette.none}</div>}
      <ul id="palette-list" className="palette-list" role="listbox" aria-label={t.palette.title}>
        {found.map((entry, i) => (
          <li key={entry.id} id={`palette-${i}`} role="option" aria-selected={i === at} onMouseMove={() => setAt(i)} onClick={() => run(entry)}>
            <span>{entry.name}</span><span className="muted">{entry.kind}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function useEntries(): Entry[] {
  const { app, apps } = useScope();
  const [search, change] = useAddress();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const names = useQuery({ queryKey: ['names', app.id], queryFn: ({ signal }) => fetchEventNames(app.id, signal), staleTime: 60_000 });
  return useMemo(() => {
    const kept = keptSearch(search);
    const pages = allPages.map((page): Entry => ({
      id: page.to, name: page.name, kind: t.palette.page, go: () => void navigate({ to: page.to, search: kept as never }),
    }));
    const events = (names.data ?? []).map(({ name }): Entry => ({
      id: `event ${name}`, name, kind: t.palette.event, go: () => void navigate({ to: '/events', search: { ...kept, event: name } as never }),
    }));
    const others = apps.map((one): Entry => ({ id: `app ${one.id}`, name: one.name || one.id, kind: t.palette.app, go: () => change({ app: one.id }) }));
    const themes = (['auto', 'light', 'dark'] as const).map((scheme): Entry => ({
      id: `theme ${scheme}`, name: t.top.theme[scheme], kind: t.palette.action, go: () => setColorScheme(scheme),
    }));
    return [...pages, ...events, ...others, ...themes];
  }, [apps, change, names.data, navigate, search, setColorScheme]);
}

/** Players and sessions are too many to hold: the server is asked for those that are meant. Whoever may not see them finds none. */
function usePeople(text: string): Entry[] {
  const { app } = useScope();
  const [search] = useAddress();
  const navigate = useNavigate();
  const [asked] = useDebouncedValue(text, 150);
  const enabled = asked.length >= 2;
  const players = useQuery({ queryKey: ['players', app.id, asked, 'palette'], enabled, retry: false, queryFn: ({ signal }) => fetchPlayers(app.id, asked, 8, undefined, signal) });
  const session = useQuery({ queryKey: ['session', app.id, asked], enabled: enabled && asked.length >= 16, retry: false, queryFn: ({ signal }) => fetchSession(app.id, asked, signal) });
  return useMemo(() => {
    if (asked !== text) return [];
    const kept = keptSearch(search);
    const found = (players.data?.items ?? []).map((player): Entry => ({
      id: `player ${player.player_id}`, name: player.username ?? player.player_id, kind: t.palette.player,
      go: () => void navigate({ to: '/players', search: { ...kept, player: player.player_id } as never }),
    }));
    if (session.data) {
      const { session_id } = session.data;
      found.push({ id: `session ${session_id}`, name: session_id, kind: t.palette.session, go: () => void navigate({ to: '/sessions', search: { ...kept, session: session_id } as never }) });
    }
    return found;
  }, [asked, navigate, players.data, search, session.data, text]);
}
