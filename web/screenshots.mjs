// Every page in both themes and both sizes, and an axe check of each.
//   node screenshots.mjs BASE_URL SIGNIN_LINK OUTDIR
// CHROMIUM names the browser, else the usual places are tried.
import { AxeBuilder } from '@axe-core/playwright';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser, signInOnce } from './browser.mjs';

const [base, link, out] = process.argv.slice(2);
if (!base || !link || !out) {
  console.error('usage: node screenshots.mjs BASE_URL SIGNIN_LINK OUTDIR');
  process.exit(2);
}

// A page, or a page and the link on it that leads to what is shown.
const pages = {
  overview: '/?range=24h',
  events: '/events?range=24h&split=COUNTRY',
  'events-table': '/events?range=7d&step=DAY&compare=1&view=table',
  retention: '/retention',
  players: '/players',
  player: ['/players?q=Iris', '[data-row="0"] a'],
  sessions: '/sessions',
  session: ['/sessions?status=all', '[data-row="0"] a'],
  leaderboards: '/leaderboards',
  'leaderboards-around': '/leaderboards?board=weekly&player=player-30',
  ratings: '/ratings?queue=duels',
  'ratings-table': '/ratings?queue=duels&view=table',
  notifications: '/notifications',
  'notifications-template': '/notifications?tab=templates&template=match_found',
  'notifications-webhooks': '/notifications?tab=webhooks',
  pipeline: '/pipeline',
  apps: '/apps',
  audit: '/audit',
  health: '/status',
};
const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

mkdirSync(out, { recursive: true });
const browser = await openBrowser();
let violations = 0;
try {
  const storage = await signInOnce(browser, base, link);
  for (const colorScheme of ['light', 'dark']) {
    for (const [size, viewport] of Object.entries(sizes)) await shoot(colorScheme, size, viewport, storage);
  }
} finally {
  await browser.close();
}
console.log(violations === 0 ? 'axe: nothing serious' : `axe: ${violations} serious or critical violations`);
process.exit(violations === 0 ? 0 : 1);

async function shoot(colorScheme, size, viewport, storage) {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  await context.addInitScript((text) => sessionStorage.setItem('gamekeeper.session', text), storage);
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && console.error(`${page.url()}: ${message.text()}`));
  for (const [name, way] of Object.entries(pages)) {
    const [path, link] = [way].flat();
    await page.goto(new URL(path, base).href);
    await page.locator('h1').waitFor();
    if (link) {
      await page.locator(link).first().click();
      await page.locator('.about').waitFor();
    }
    await page.locator('.skeleton').first().waitFor({ state: 'detached', timeout: 10_000 }).catch(() => undefined);
    await page.waitForTimeout(500);
    const file = `${name}-${size}-${colorScheme}.png`;
    await page.screenshot({ path: join(out, file) });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) {
      violations += 1;
      console.error(`${file}: ${overflow} px wider than the window`);
    }
    const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    for (const violation of found.violations.filter((one) => ['serious', 'critical'].includes(one.impact))) {
      violations += 1;
      console.error(`${file}: ${violation.id}: ${violation.help}`);
      for (const node of violation.nodes.slice(0, 3)) console.error(`    ${node.target.join(' ')}\n    ${node.any[0]?.message ?? node.html}`);
    }
    console.log(file);
  }
  await context.close();
}
