// The demo game, which the server shows at /demo. A page of its own: the dashboard does not load it.
import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import '../styles.css';
import './demo.css';
import { createPlayerClient, tabKeys } from '@gamekeeper/client/player';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { theme } from '../theme';
import { Demo } from './Demo';
import { Play } from './play';
import { serverOf } from './server';

// Each window is a guest of its own. A server with several apps wants to know which one: ?key= is its write key.
const key = new URLSearchParams(location.search).get('key');
const client = createPlayerClient({ endpoint: location.origin, store: await tabKeys(), ...(key ? { key } : {}) });
const play = new Play(client, serverOf(client));
void play.start();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Demo play={play} />
    </MantineProvider>
  </StrictMode>,
);
