// Drives the real binary through the dashboard, as a person would.
//   node e2e.mjs BASE_URL SIGNIN_LINK
// The server needs a load (gamekeeper simulate) whose events have a country.
import assert from 'node:assert/strict';
import { startChecks, waitMs } from './checks.mjs';
import { notifications, ratings } from './e2e_play.mjs';

const [base, link] = process.argv.slice(2);
if (!base || !link) {
  console.error('usage: node e2e.mjs BASE_URL SIGNIN_LINK');
  process.exit(2);
}

const keyName = `e2e ${Date.now().toString(36)}`;
const { browser, context, page, faults, test, until, finish, at, heading, texts } = await startChecks(base);

await test('a stranger is sent to the sign-in page, which keeps the address', async () => {
  await page.goto(at('/events?split=COUNTRY'));
  await page.waitForURL(/\/signin\?/);
  assert.equal(new URL(page.url()).searchParams.get('next'), '/events?split=COUNTRY');
});

await test('a wrong password is answered by a sentence', async () => {
  await page.locator('input[name=username]').fill('nobody');
  await page.locator('input[name=password]').fill('wrong');
  await page.locator('button[type=submit]').click();
  assert.ok((await page.locator('[role=alert]').innerText()).length > 10);
});

await test('the one-time link signs in', async () => {
  await page.goto(at(link));
  await heading('Overview');
  assert.equal(new URL(page.url()).searchParams.get('token'), null);
});

await test('the link works once', async () => {
  const other = await browser.newContext();
  const stranger = await other.newPage();
  await stranger.goto(at(link));
  await stranger.locator('input[name=username]').waitFor({ timeout: waitMs });
  await other.close();
});

await test('Overview shows numbers, and they change', async () => {
  const first = await until('numbers', async () => {
    const shown = await texts('[data-tile]');
    return shown.length === 7 && shown.every((text) => /\d/.test(text)) && shown;
  });
  assert.match(await page.locator('.live').innerText(), /Live/);
  await until('a changed number', async () => (await texts('[data-tile]')).join() !== first.join());
});

await test('Overview draws its charts', async () => {
  await until('four canvases', async () => (await page.locator('.chart canvas').count()) >= 4);
});

await test('Events splits by country', async () => {
  await page.getByRole('link', { name: 'Events', exact: true }).click();
  await heading('Events');
  await page.getByRole('textbox', { name: 'Split by' }).click();
  await page.getByRole('option', { name: 'Country' }).click();
  await until('the address', () => new URL(page.url()).searchParams.get('split') === 'COUNTRY');
  const rows = page.getByRole('table', { name: 'Total' }).locator('tbody tr');
  await until('two countries', async () => (await rows.count()) >= 2);
  assert.ok((await rows.count()) <= 6);
});

await test('the table says what the chart says, and back works', async () => {
  await page.getByText('Table', { exact: true }).click();
  await page.getByRole('table', { name: 'Table' }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('view'), 'table');
  await page.goBack();
  await page.locator('.chart canvas').first().waitFor();
});

await test('Retention shows its triangle', async () => {
  await page.goto(at('/retention'));
  await heading('Retention');
  await page.locator('.triangle tbody tr').nth(2).waitFor();
  assert.ok((await page.locator('.triangle .hatch').count()) > 0);
});

await test('Pipeline shows a balanced ledger', async () => {
  await page.goto(at('/pipeline'));
  await page.locator('[data-ledger=balanced]').waitFor();
  assert.ok((await page.getByRole('table', { name: 'Ledger' }).locator('tbody tr').count()) >= 1);
});

await test('a dead letter is mended with its numbers as they were written, and replayed', async () => {
  const letters = page.getByRole('table', { name: 'Dead letters' }).locator('tbody tr');
  await letters.first().waitFor();
  const before = await letters.count();
  const letter = letters.filter({ hasText: '18446744073709551615' });
  await letter.getByRole('button', { name: 'Mend' }).click();
  const dialog = page.getByRole('dialog');
  const editor = dialog.getByRole('textbox');
  const text = await editor.inputValue();
  assert.match(text, /"big": 18446744073709551615/);
  assert.match(text, /"exact": 0\.10/);
  await editor.fill('{');
  assert.ok(await dialog.getByRole('button', { name: 'Save' }).isDisabled());
  await editor.fill(text.replace('bad name', 'mended'));
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.match(await letter.innerText(), /"name":\s*"mended"[^]*18446744073709551615[^]*0\.10/);
  await letter.getByRole('button', { name: 'Replay' }).click();
  await dialog.getByRole('button', { name: 'Replay', exact: true }).click();
  await page.getByText('1 event accepted, 0 refused again.').waitFor();
  await until('the letter is gone', async () => (await letter.count()) === 0 && (await letters.count()) === Math.max(1, before - 1));
});

await test('a replay that is refused again says so and keeps the letter', async () => {
  const letter = page.getByRole('table', { name: 'Dead letters' }).locator('tbody tr').filter({ hasText: 'bad name' }).first();
  await letter.getByRole('button', { name: 'Replay' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Replay', exact: true }).click();
  await page.getByText('0 events accepted, 1 refused again.').waitFor();
  await letter.waitFor();
});

await test('a key is made, and its secret shown once', async () => {
  await page.goto(at('/apps'));
  await page.getByRole('button', { name: 'New key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(keyName);
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  assert.ok((await dialog.locator('[data-secret]').innerText()).length >= 16);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('cell', { name: keyName, exact: true }).waitFor();
});

await test('a key is revoked only when its name is typed', async () => {
  await page.getByRole('button', { name: `Revoke ${keyName}` }).click();
  const dialog = page.getByRole('dialog');
  const revoke = dialog.getByRole('button', { name: 'Revoke', exact: true });
  assert.ok(await revoke.isDisabled());
  await dialog.getByRole('textbox').fill(keyName);
  await revoke.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('row').filter({ hasText: keyName }).getByText('Revoked').waitFor();
});

await test('Audit tells of both', async () => {
  await page.goto(at('/audit'));
  const actions = page.getByRole('table', { name: 'Audit' }).locator('tbody tr');
  await until('making and revoking', async () => {
    const shown = (await actions.allInnerTexts()).slice(0, 10).join('\n');
    return /key[._ ]?(create|created|made)|create[._ ]?key/i.test(shown) && /key[._ ]?revoke|revoke[._ ]?key/i.test(shown);
  });
});

await test('Leaderboards: from the top, and around a player', async () => {
  await page.goto(at('/leaderboards'));
  const rows = (name) => texts(`table[aria-label="${name}"] tbody tr`);
  await page.getByRole('table', { name: 'From the top' }).waitFor();
  const top = await rows('From the top');
  assert.match(top[0], /^1\s+Ada .*2,401/s);
  assert.equal(top.length, 50);
  assert.match(await page.getByRole('table', { name: 'From the top' }).getByRole('link').first().getAttribute('href'), /\/players\?(.*&)?player=/);
  await page.getByRole('button', { name: 'Load more' }).click();
  await until('the whole board', async () => (await rows('From the top')).length === 63);
  await page.getByRole('button', { name: 'Around Linus' }).click();
  await page.getByRole('heading', { name: /Linus is number 12 of 63/ }).waitFor();
  assert.equal((await rows('Around')).length, 21);
  await page.getByLabel('Find a player').fill('nobody');
  await page.keyboard.press('Enter');
  await page.getByText('has no score on this leaderboard').waitFor();
  await page.getByRole('button', { name: 'From the top' }).click();
  await page.getByRole('table', { name: 'From the top' }).waitFor();
  await page.getByRole('textbox', { name: 'Leaderboard' }).click();
  await page.getByRole('option', { name: 'queue:duels' }).click();
  await page.getByText('The ratings of queue duels').waitFor();
  await until('everybody who played', async () => (await rows('From the top')).length === 30);
});

const tools = { test, page, at, until, texts };
await ratings(tools);
await notifications(tools);

await test('Health names the parts', async () => {
  await page.goto(at('/status'));
  await heading('Health');
  await page.getByRole('table', { name: 'Parts' }).locator('tbody tr').first().waitFor();
  const rows = await texts('table[aria-label="Parts"] tbody tr');
  assert.match(rows.find((row) => row.startsWith('log')), /sqlite 3\.\d/, 'engine and version of a store');
  assert.match(rows.find((row) => row.startsWith('processor')), /\t[\d,]+\t/, 'how many events the processor is behind');
});

await test('Ctrl-K goes to a page', async () => {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Go to' }).fill('pipe');
  await page.keyboard.press('Enter');
  await heading('Pipeline');
});

await test('Ctrl-K and Escape leave the page as it was', async () => {
  for (let i = 0; i < 2; i += 1) {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to' }).fill('re');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: 'Go to' }).waitFor({ state: 'detached' });
    await heading('Pipeline');
  }
});

await test('the keyboard alone reaches the content and the range', async () => {
  await page.goto(at('/events'));
  await heading('Events');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the content' });
  assert.ok(await skip.evaluate((link) => link === document.activeElement));
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /UTC/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '7d', exact: true }).focus();
  await page.keyboard.press('Enter');
  await until('the address', () => new URL(page.url()).searchParams.get('range') === '7d');
});

await test('live numbers change in place: the layout does not jump', async () => {
  await page.goto(at('/'));
  await heading('Overview');
  await until('charts', async () => (await page.locator('.chart canvas').count()) >= 4);
  // Sum of the shifts from the page's beginning until `milliseconds` from now; `jump` moves the content down once, by some pixels.
  const shifted = (milliseconds, jump = 0) => page.evaluate(([milliseconds, jump]) => new Promise((tell) => {
    let sum = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; })).observe({ type: 'layout-shift', buffered: true });
    if (jump > 0) requestAnimationFrame(() => { document.querySelector('main').style.marginTop = `${jump}px`; });
    setTimeout(() => tell(sum), milliseconds);
  }), [milliseconds, jump]);
  const numbers = () => page.locator('main').innerText();
  const before = await numbers();
  await until('a number that changed', async () => (await numbers()) !== before);
  const moved = await shifted(3_000);
  assert.ok(moved < 0.02, `layout shift ${moved}`);
  const jumped = await shifted(1_000, 40);
  assert.ok(jumped > moved + 0.02, `a jump of 40 pixels is not seen: ${jumped}`);
});

await test('a stream that has gone silent is not called live', async () => {
  const other = await context.newPage();
  let deaf = false;
  await other.addInitScript((kept) => sessionStorage.setItem('gamekeeper.session', kept), await page.evaluate(() => sessionStorage.getItem('gamekeeper.session')));
  await other.routeWebSocket(/\/graphql/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => { if (!deaf) server.send(message); });
    server.onMessage((message) => { if (!deaf) socket.send(message); });
  });
  await other.goto(at('/'));
  const live = other.getByRole('button', { name: /^Live/ });
  await live.waitFor();
  deaf = true;
  await live.waitFor({ state: 'detached', timeout: 60_000 });
  deaf = false;
  await live.waitFor({ timeout: 60_000 });
  await other.close();
});

await test('a server that refuses is quoted, with the request to ask about', async () => {
  const body = JSON.stringify({ type: 'urn:gamekeeper:problem:overloaded', title: 'Service Unavailable', status: 503, code: 'overloaded', detail: 'The log cannot be read at the moment.', request_id: 'req-42' });
  await page.route('**/api/v1/admin/audit*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body }));
  await page.goto(at('/audit'));
  const problem = page.getByRole('alert');
  await problem.waitFor();
  assert.match(await problem.innerText(), /The log cannot be read at the moment\.[^]*req-42/);
  await page.unroute('**/api/v1/admin/audit*');
  await problem.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('table', { name: 'Audit' }).waitFor();
});

await test('an app without events says how to send the first, with a key of its own, and comes alive', async () => {
  const id = `e2e-${Date.now().toString(36)}`;
  const token = await page.evaluate(() => JSON.parse(sessionStorage.getItem('gamekeeper.session')).token);
  const made = await fetch(at('/api/v1/admin/apps'), { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ id }) });
  assert.equal(made.status, 201);
  await page.goto(at(`/?app=${id}`));
  await page.getByRole('button', { name: 'Make a write key and fill it in' }).click();
  const line = page.locator('pre.code');
  await until('the key', async () => !/YOUR_WRITE_KEY/.test(await line.innerText()));
  const [, key] = /Bearer (\S+)'/.exec(await line.innerText());
  const sent = await fetch(at('/api/v1/events'), { method: 'POST', headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }, body: /-d '(.*)'/.exec(await line.innerText())[1] });
  assert.equal((await sent.json()).accepted, 1);
  await page.locator('[data-tile=ACTIVE_PLAYERS]').waitFor();
});

await test('signing out ends the token on the server', async () => {
  const token = await page.evaluate(() => JSON.parse(sessionStorage.getItem('gamekeeper.session')).token);
  const status = async () => (await fetch(at('/api/v1/admin/info'), { headers: { Authorization: `Bearer ${token}` } })).status;
  assert.equal(await status(), 200);
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL(/\/signin/);
  assert.equal(await status(), 401);
});

await test('no script failed, and none broke the content security policy', () => assert.deepEqual(faults, []));

await finish();
