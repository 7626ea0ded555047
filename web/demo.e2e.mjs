// Two browsers play the demo game through the real binary to a rating change: one by keyboard alone, one on a phone's width.
//   node demo.e2e.mjs BASE_URL [PICTURES]
// Asks whoever started it to kill the server and start it again ("restart" on standard output, a line on standard input).
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AxeBuilder } from '@axe-core/playwright';
import { openBrowser } from './browser.mjs';

const [base, pictures] = process.argv.slice(2);
if (!base) {
  console.error('usage: node demo.e2e.mjs BASE_URL [PICTURES]');
  process.exit(2);
}
if (pictures) mkdirSync(pictures, { recursive: true });

const waitMs = 30_000;
const faults = [];
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await openBrowser();
let isDown = false;

async function open(name, viewport, more = {}) {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce', ...more });
  const page = await context.newPage();
  page.setDefaultTimeout(waitMs);
  const heard = []; // every byte that came from the server while the game was on
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => heard.push(String(payload))));
  page.on('response', (response) => response.url().includes('/api/') && response.text().then((text) => heard.push(text), () => undefined));
  page.on('pageerror', (error) => faults.push(`${name}: ${error}`));
  // Who is in no queue is told so by 404, which a browser notes as an error.
  const isAnswer = (message) => message.location().url.endsWith('/queue/status');
  page.on('console', (message) => message.type() === 'error' && !isDown && !isAnswer(message) && faults.push(`${name}: ${message.text()}`));
  page.on('request', (request) => new URL(request.url()).host === new URL(base).host || faults.push(`${name} asked elsewhere: ${request.url()}`));
  await page.goto(new URL('/demo', base).href);
  const self = {
    name, page, context, heard,
    verdict: page.locator('.verdict'),
    phase: (phase) => page.locator(`.verdict[data-phase=${phase}]`).waitFor(),
    says: (text) => page.locator('.verdict', { hasText: text }).waitFor(),
    names: () => page.locator('.side .name').allInnerTexts(),
    rating: async () => Number(await page.locator('.rating .big span').first().innerText()),
    live: () => page.locator('.live', { hasText: 'Live' }).waitFor(),
    main: () => page.locator('.action button'),
    tall: () => page.locator('.arena').evaluate((arena) => Math.round(arena.getBoundingClientRect().height)),
  };
  await self.phase('ready');
  return self;
}

/** In both themes: a picture, nothing serious for axe, nothing wider than the window. */
async function look(who, what) {
  for (const colorScheme of ['light', 'dark']) {
    await who.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await who.page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    await who.page.waitForTimeout(300); // inherited colours come down the tree one frame a level
    if (pictures) await who.page.screenshot({ path: join(pictures, `demo-${what}-${who.name}-${colorScheme}.png`), fullPage: true });
    const found = await new AxeBuilder({ page: who.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    const serious = found.violations.filter((one) => ['serious', 'critical'].includes(one.impact));
    assert.deepEqual(serious.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`), [], `axe, ${what}, ${who.name}, ${colorScheme}`);
  }
  assert.equal(await who.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${what}: wider than the window`);
}

async function test(name, body) {
  try {
    await body();
    console.log(`ok    ${name}`);
  } catch (error) {
    console.log(`FAIL  ${name}\n      ${String(error?.stack ?? error).split('\n').slice(0, 8).join('\n      ')}\n${faults.join('\n')}`);
    await browser.close();
    process.exit(1); // what follows builds on it
  }
}

const choice = (who, hand) => who.page.getByRole('button', { name: hand }).click();
/** The keyboard's place is seen, and is on the page's main button. */
async function focusIsSeen(who) {
  const style = await who.main().evaluate((button) => (button === document.activeElement ? getComputedStyle(button).outlineStyle : 'not focused'));
  assert.equal(style, 'solid');
}

let keys, phone, before;

await test('two guests come in, each with a name of its own', async () => {
  keys = await open('wide', { width: 1280, height: 800 });
  phone = await open('phone', { width: 360, height: 780 }, { isMobile: true, hasTouch: true });
  await Promise.all([keys.live(), phone.live()]);
  assert.notEqual((await keys.names())[0], (await phone.names())[0]);
  assert.equal(await keys.rating(), 1500);
  await look(keys, 'ready');
  await look(phone, 'ready');
  before = [await keys.tall(), await phone.tall()];
});

await test('they look for a match and get one another', async () => {
  await focusIsSeen(keys);
  await keys.page.keyboard.press('Enter');
  await keys.phase('searching');
  await look(keys, 'searching');
  await phone.main().tap();
  await Promise.all([keys.phase('playing'), phone.phase('playing')]);
  const [mine, theirs] = await keys.names();
  assert.deepEqual(await phone.names(), [theirs, mine]);
  assert.match(await keys.page.locator('.odds').innerText(), /Evenness \d+%\s*Your chance \d+%/);
});

await test('a hand is hidden until both have chosen', async () => {
  phone.heard.length = 0;
  await keys.page.keyboard.press('r');
  await keys.says('You chose rock. Waiting');
  await phone.says('has chosen');
  await look(phone, 'playing');
  assert.ok(phone.heard.some((text) => text.includes('"chosen":')), 'the other side was told');
  assert.deepEqual(phone.heard.filter((text) => text.includes('rock')), []);
  await choice(phone, 'Scissors');
  await Promise.all([keys.says('Rock blunts scissors: your round. Round 2'), phone.says('Rock blunts scissors: their round. Round 2')]);
});

await test('a reload in the middle comes back to the match', async () => {
  const name = (await phone.names())[0];
  await phone.page.reload();
  await phone.phase('playing');
  assert.equal((await phone.names())[0], name);
  await phone.says('Round 2');
});

await test('the server is killed in the middle, and the match goes on', async () => {
  isDown = true;
  console.log('restart');
  await lines.next();
  await Promise.all([keys.live(), phone.live()]);
  isDown = false;
  await keys.page.keyboard.press('p');
  await phone.says('has chosen');
  await choice(phone, 'Paper');
  await Promise.all([keys.says('Both chose paper: a draw. Round 3'), phone.says('a draw. Round 3')]);
});

await test('the match ends, ratings move, and the ranking shows it', async () => {
  await keys.page.keyboard.press('S');
  await phone.says('has chosen');
  await choice(phone, 'Paper');
  await Promise.all([keys.says('Scissors cut paper: your round. You win 2 to 0.'), phone.says('You lose 0 to 2.')]);
  const moved = (who, sign) => who.page.locator('.rating .moved', { hasText: sign }).waitFor();
  await Promise.all([moved(keys, '+'), moved(phone, '-')]);
  const [up, down] = [await keys.rating(), await phone.rating()];
  assert.ok(up > 1500 && down < 1500, `${up}, ${down}`);
  const opponents = (who, rating) => who.page.locator('.side').nth(1).locator('.num', { hasText: String(rating) }).waitFor();
  await Promise.all([opponents(keys, down), opponents(phone, up)]);
  await Promise.all([keys, phone].map((who) => who.page.locator('.board tbody tr').nth(1).waitFor()));
  for (const [who, place, rating] of [[keys, 0, up], [phone, 1, down]]) {
    const row = who.page.locator('.board tbody tr').nth(place);
    assert.deepEqual((await row.innerText()).split(/\s*\t\s*/), [String(place + 1), (await who.names())[0], String(rating)]);
    assert.equal(await row.getAttribute('data-lit'), 'true');
    await who.page.locator('.rating .rank', { hasText: `Rank ${place + 1} of 2` }).waitFor();
    await look(who, 'over');
  }
  assert.match(await keys.page.locator('.rating [role=status]').textContent(), /Your rating is now \d+, \+\d+\./);
  assert.deepEqual([await keys.tall(), await phone.tall()], before, 'no place changed its size');
});

await test('again, to a win by keyboard; giving up takes two presses', async () => {
  await focusIsSeen(keys);
  await keys.page.keyboard.press('Enter');
  await phone.main().tap();
  await Promise.all([keys.phase('playing'), phone.phase('playing')]);
  await phone.main().tap();
  await phone.page.getByRole('button', { name: 'Give up: sure?' }).tap();
  await Promise.all([keys.says('gave up: you win.'), phone.says('You gave up.')]);
});

await test('who closes the window loses after a while', async () => {
  await keys.page.keyboard.press('Enter');
  await phone.main().tap();
  await Promise.all([keys.phase('playing'), phone.phase('playing')]);
  await phone.context.close();
  await keys.page.keyboard.press('p');
  await keys.says('Waiting');
  await keys.page.getByRole('button', { name: 'Take the win' }).waitFor({ timeout: 60_000 });
  await keys.page.keyboard.press('Enter');
  await keys.says('stayed away: you win.');
});

await test('no script failed, nothing was asked of another host', async () => {
  assert.deepEqual(faults, []);
});

await browser.close();
process.exit(0);
