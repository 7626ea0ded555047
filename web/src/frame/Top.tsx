import { ActionIcon, Drawer, Menu, Select, Tooltip, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useLocation } from '@tanstack/react-router';
import { signOut } from '../api/operate';
import { session } from '../api/session';
import { Icon } from '../parts/icons';
import { duration } from '../state/numbers';
import { useAddress, useScope } from '../state/scope';
import { useLive } from '../state/live';
import { t } from '../text/en';
import { allPages } from './pages';
import { Palette } from './Palette';
import { Rail, useInfo } from './Rail';
import { RangePicker } from './RangePicker';

export function Top() {
  const [menu, { open, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const ranged = allPages.find((page) => page.to === pathname)?.ranged ?? false;
  return (
    <header className="top">
      <ActionIcon className="only-phone" variant="subtle" color="gray" size="lg" aria-label={t.nav.open} onClick={open}><Icon name="menu" /></ActionIcon>
      <Drawer opened={menu} onClose={close} size={264} title={<span className="sr">{t.nav.label}</span>} closeButtonProps={{ 'aria-label': t.nav.close }}>
        <div className="rail in-drawer"><Rail onGo={close} /></div>
      </Drawer>
      <AppSwitcher />
      <Simulated />
      <span className="grow" />
      <LiveDot />
      <div className="range-slot"><RangePicker ranged={ranged} /></div>
      <Palette />
      <ThemeToggle />
      <Account />
    </header>
  );
}

function AppSwitcher() {
  const { app, apps } = useScope();
  const [, change] = useAddress();
  return (
    <Select aria-label={t.top.app} size="xs" className="app-switch" value={app.id} data={apps.map((one) => ({ value: one.id, label: one.name || one.id }))}
      searchable={apps.length > 8} onChange={(id) => id && change({ app: id, event: '', filter: '', entry: '', player: '', session: '' })} />
  );
}

function Simulated() {
  const info = useInfo();
  if (!info.data?.simulated) return null;
  return (
    <Tooltip label={t.top.simulatedLong}>
      <span className="chip accent not-phone" tabIndex={0}>{t.top.simulated}</span>
    </Tooltip>
  );
}

function LiveDot() {
  const { state, overview, error } = useLive();
  const behind = overview ? duration(overview.freshnessMs) : t.common.none;
  const late = (overview?.freshnessMs ?? 0) > 10_000;
  const polling = state !== 'live' && overview !== null && !error;
  const word = state === 'live' ? t.top.live : polling ? t.top.polling : t.top[state];
  const tone = state === 'live' ? (late ? 'warn' : 'good pulse') : error ? 'bad' : 'warn';
  return (
    <Tooltip label={state === 'live' ? t.top.freshness(behind) : t.top.pollingLong}>
      <button type="button" className="live" aria-label={`${word} ${behind}. ${t.top.freshness(behind)}`}>
        <span className={`dot ${tone}`} /><span className="word">{word}</span>{' '}<span className="num">{behind}</span>
      </button>
    </Tooltip>
  );
}

const nextScheme = { auto: 'light', light: 'dark', dark: 'auto' } as const;
const schemeIcon = { auto: 'auto', light: 'sun', dark: 'moon' } as const;

function ThemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Tooltip label={t.top.theme[colorScheme]}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t.top.theme[colorScheme]} onClick={() => setColorScheme(nextScheme[colorScheme])}>
        <Icon name={schemeIcon[colorScheme]} />
      </ActionIcon>
    </Tooltip>
  );
}

function Account() {
  const who = session();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <UnstyledButton component="button" aria-label={t.top.account} style={{ width: 34, height: 34, display: 'grid', placeItems: 'center', borderRadius: 8 }}>
          <Icon name="user" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {who && <Menu.Label>{`${who.username} · ${who.role}`}</Menu.Label>}
        <Menu.Item component="a" href="/graphql">{t.nav.explorer}</Menu.Item>
        <Menu.Item component="a" href="/docs">{t.nav.docs}</Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>{t.top.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
