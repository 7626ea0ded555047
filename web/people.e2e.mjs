// Drives Players and Sessions as support would.
//   node people.e2e.mjs BASE_URL SIGNIN_LINK TOWN
// TOWN is JSON of what tests/e2e/people.py made: {ids: {name: id}, active, waiting, met}.
import assert from 'node:assert/strict';
import { startChecks } from './checks.mjs';

const [base, link, town] = process.argv.slice(2);
if (!base || !link || !town) {
  console.error('usage: node people.e2e.mjs BASE_URL SIGNIN_LINK TOWN');
  process.exit(2);
}
const { ids, active, waiting, met } = JSON.parse(town);
const { page, context, faults, test, until, finish, at, heading, texts, chosen } = await startChecks(base);

const rows = (table) => page.getByRole('table', { name: table, exact: true });
const panel = (name) => page.getByRole('region', { name, exact: true });
const dialog = page.getByRole('dialog');
const act = (name) => page.getByRole('button', { name, exact: true });
const token = () => page.evaluate(() => JSON.parse(sessionStorage.getItem('gamekeeper.session')).token);
const ask = async (path) => (await fetch(at(`/api/v1${path}`), { headers: { Authorization: `Bearer ${await token()}`, 'Gamekeeper-App': 'demo' } })).json();

await test('the rail leads to Players: the newest first, of any number only those in sight', async () => {
  await page.goto(at(link));
  await heading('Overview');
  await page.getByRole('link', { name: 'Players', exact: true }).click();
  await heading('Players');
  await rows('Players').locator('[data-row="0"]').filter({ hasText: 'Iris' }).waitFor();
  assert.ok((await rows('Players').locator('[data-row]').count()) < 60);
});

await test('scrolling asks for the next page, and the end is the end', async () => {
  const list = page.getByRole('group', { name: 'Players', exact: true });
  assert.equal(await rows('Players').getAttribute('aria-rowcount'), '-1');
  await until('the last row', async () => {
    await list.evaluate((box) => { box.scrollTop = box.scrollHeight; });
    return rows('Players').locator(`[data-row="${Object.keys(ids).length - 1}"]`).isVisible();
  });
  assert.equal(await rows('Players').getAttribute('aria-rowcount'), String(Object.keys(ids).length + 1));
});

await test('the arrow keys go from row to row, and Enter opens one', async () => {
  await page.goto(at('/players?q=amber'));
  await rows('Players').locator('[data-row="1"]').waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.closest('[data-row]')?.getAttribute('data-row'));
  await rows('Players').locator('[data-row="0"] a').focus();
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(), '1');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focused(), '0');
  const name = (await rows('Players').locator('[data-row="0"] b').innerText()).trim();
  await page.keyboard.press('Enter');
  await heading(name);
  await page.goBack();
  await heading('Players');
  assert.equal(chosen('q'), 'amber');
});

await test('a player is found by the beginning of a name in any spelling, and by id', async () => {
  await page.getByRole('searchbox', { name: 'Find a player' }).fill('IRI');
  await until('Iris alone', async () => (await rows('Players').locator('[data-row]').count()) === 1);
  assert.equal(chosen('q'), 'IRI');
  await page.getByRole('searchbox', { name: 'Find a player' }).fill(ids.amberFox);
  await rows('Players').locator('[data-row]').filter({ hasText: 'amberFox' }).waitFor();
  await page.getByRole('searchbox', { name: 'Find a player' }).fill('nobody at all');
  await page.getByText('Nobody has this id').waitFor();
});

await test('a profile says what the server says', async () => {
  await page.goto(at(`/players?player=${ids.Iris}`));
  await heading('Iris');
  const iris = await ask(`/players/${ids.Iris}`);
  const tiles = (await texts('.facts .tile-value')).map((text) => text.replaceAll(',', ''));
  assert.equal(tiles[0], String(iris.profile.current_rating));
  assert.equal(tiles[1], String(iris.profile.games_played));
  assert.match(tiles[2], new RegExp(`^${(iris.stats.win_rate * 100).toFixed(1)}`));
  await panel('Rating').locator('canvas').waitFor();
});

await test('the rating is shown by queue, and each match with its end and its rivals', async () => {
  const { history } = await ask(`/players/${ids.Iris}/rating?queue=default&limit=8`);
  const shown = () => rows('Matches').locator('tbody tr').allInnerTexts();
  await until('names of rivals', async () => (await shown()).length === 8 && (await shown()).every((row) => /(Won|Lost)\s+[a-z]+[A-Z]/.test(row)));
  for (const [i, row] of (await shown()).entries()) assert.ok(row.replaceAll(',', '').includes(String(history[i].rating)), row);
  await page.getByRole('textbox', { name: 'Queue' }).click();
  await page.getByRole('option', { name: 'race' }).click();
  await until('places among four', async () => (await shown()).length > 0 && (await shown()).every((row) => /\d of 4/.test(row)));
  assert.equal(chosen('queue'), 'race');
});

await test('a note is written, kept as text, and removed', async () => {
  const notes = panel('Notes');
  await notes.getByRole('textbox', { name: 'New note' }).fill('<b>bold</b> claim');
  await notes.getByRole('button', { name: 'Add the note' }).click();
  const note = notes.getByRole('listitem').filter({ hasText: '<b>bold</b> claim' });
  await note.waitFor();
  assert.equal(await notes.getByRole('listitem').count(), 3);
  await note.getByRole('button', { name: /Remove the note/ }).click();
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await note.waitFor({ state: 'detached' });
});

await test('a ban says what it ends, needs a reason, shuts out, and is lifted', async () => {
  const signIn = () => fetch(at('/api/v1/auth/login'), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ username: 'Iris', password: 'tide pool lantern' }) });
  await act('Ban').click();
  await dialog.getByText('1 sign-in end').waitFor();
  const ban = dialog.getByRole('button', { name: 'Ban', exact: true });
  assert.ok(await ban.isDisabled());
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('a test of the ban');
  await ban.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Banned until').waitFor();
  const refused = await signIn();
  assert.equal(refused.status, 403);
  assert.match((await refused.json()).detail, /a test of the ban/);
  await act('Lift the ban').click();
  await dialog.getByRole('button', { name: 'Lift the ban' }).click();
  await dialog.waitFor({ state: 'detached' });
  await act('Ban').waitFor();
  assert.equal((await signIn()).status, 200);
});

await test('sign-ins are listed, and end one by one or all together', async () => {
  await page.reload();
  const signIns = rows('Sign-ins and devices').locator('tbody tr');
  const held = async () => (await ask(`/players/${ids.Iris}/sign-ins`)).items.length;
  await signIns.first().waitFor();
  const before = await held();
  assert.ok(before >= 2, 'the registration and the sign-in after the ban');
  await until('all of them', async () => (await signIns.count()) === before);
  await signIns.first().getByRole('button', { name: /End the sign-in/ }).click();
  await dialog.getByRole('button', { name: 'End', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await until('one less', async () => (await signIns.count()) === before - 1);
  await act('Sign out everywhere').click();
  await dialog.getByRole('button', { name: 'Sign out everywhere' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Nobody is signed in as this player.').waitFor();
  assert.equal(await held(), 0);
});

await test('each act is in Audit, one link away', async () => {
  await page.getByRole('link', { name: 'See it in Audit' }).click();
  await heading('Audit');
  const acts = await until('the acts', async () => {
    const shown = (await texts('table[aria-label="Audit"] tbody tr')).join('\n');
    return shown.includes('player.sign_out') && shown;
  });
  for (const action of ['player.ban', 'player.unban', 'player.note', 'player.note_remove']) assert.ok(acts.includes(action), action);
});

await test('Sessions shows those that are played, and follows them live', async () => {
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await heading('Sessions');
  const list = rows('Sessions').locator('[data-row]');
  await list.first().waitFor();
  assert.ok((await list.allInnerTexts()).every((row) => row.includes('Active')));
  const before = Number(await rows('Sessions').getAttribute('aria-rowcount'));
  const body = JSON.stringify({ players: [ids.amberFox, ids.Iris], mode: 'fresh' });
  const headers = { Authorization: `Bearer ${await token()}`, 'Gamekeeper-App': 'demo', 'Content-Type': 'application/json' };
  const made = await (await fetch(at('/api/v1/sessions'), { method: 'POST', headers, body })).json();
  await fetch(at(`/api/v1/sessions/${made.session_id}`), { method: 'PUT', headers, body: JSON.stringify({ status: 'active' }) });
  await list.filter({ hasText: 'fresh' }).waitFor();
  assert.equal(Number(await rows('Sessions').getAttribute('aria-rowcount')), before + 1);
});

await test('sessions are chosen by status and by player', async () => {
  await page.getByRole('textbox', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'Abandoned' }).click();
  const list = rows('Sessions').locator('[data-row]');
  await until('abandoned ones alone', async () => { const all = await list.allInnerTexts(); return all.length > 0 && all.every((row) => row.includes('Abandoned')); });
  assert.equal(chosen('status'), 'abandoned');
  await page.goto(at(`/sessions?status=all&player=${ids.Iris}`));
  const hers = (await ask(`/sessions?player=${ids.Iris}&limit=100`)).items.length;
  await until('all of hers', async () => (await rows('Sessions').getAttribute('aria-rowcount')) === String(hers + 1));
});

await test('who reads older sessions is told that they stand still, and comes back to the newest', async () => {
  await page.goto(at('/sessions?status=all'));
  const list = page.getByRole('group', { name: 'Sessions', exact: true });
  await list.waitFor();
  await until('the end', async () => {
    await list.evaluate((box) => { box.scrollTop = box.scrollHeight; });
    return (await rows('Sessions').getAttribute('aria-rowcount')) !== '-1';
  });
  await page.getByText('Not refreshed while older ones are shown').waitFor();
  await act('Back to the newest').click();
  await rows('Sessions').locator('[data-row="0"]').waitFor();
  await page.getByText('Not refreshed while older ones are shown').waitFor({ state: 'detached' });
});

await test('a timeline tells who played, what was written and what happened', async () => {
  await page.goto(at(`/sessions?session=${met}`));
  await heading('Session');
  await rows('Players').getByRole('link', { name: 'Iris' }).waitFor();
  await panel('Result').getByText('Rank 1').waitFor();
  await page.getByRole('list', { name: 'Timeline' }).getByText('Active → Completed').waitFor();
  await page.goto(at(`/sessions?session=${active}`));
  const { history, version } = await ask(`/sessions/${active}`);
  const entries = page.getByRole('list', { name: 'Timeline' }).getByRole('listitem');
  await until('every entry', async () => (await entries.count()) === history.length);
  assert.match(await entries.first().innerText(), /round_ended/);
  await panel('State').getByText(`Version ${version}`).waitFor();
});

await test('a session is ended by an admin only when it is meant, and the page follows', async () => {
  await act('End').click();
  const end = dialog.getByRole('button', { name: 'End', exact: true });
  assert.ok(await end.isDisabled());
  await dialog.getByRole('textbox').fill('end');
  await end.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('list', { name: 'Timeline' }).getByText('Active → Completed').waitFor();
  assert.equal((await ask(`/sessions/${active}`)).status, 'completed');
  assert.equal(await act('Abandon').count(), 0);
  await page.goto(at(`/sessions?session=${waiting}`));
  await act('Abandon').click();
  await dialog.getByText('It was not begun').waitFor();
  await dialog.getByRole('textbox').fill('end');
  await dialog.getByRole('button', { name: 'Abandon', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await ask(`/sessions/${waiting}`)).status, 'cancelled');
});

await test('a player is erased only when it is meant, and for good, and Audit tells who did it', async () => {
  const id = ids.mistyMole;
  await page.goto(at(`/players?player=${id}`));
  await heading('mistyMole');
  await act('Erase').click();
  const erase = dialog.getByRole('button', { name: 'Erase', exact: true });
  await dialog.getByText('It can not be undone').waitFor();
  await dialog.getByRole('textbox').fill('mistymole');
  assert.ok(await erase.isDisabled());
  await dialog.getByRole('textbox').fill('mistyMole');
  await erase.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Erased.').waitFor();
  assert.equal((await ask(`/players/${id}`)).code, 'not_found');
  await page.getByRole('link', { name: 'See it in Audit' }).click();
  await heading('Audit');
  await until('the act', async () => {
    const acts = await texts('table[aria-label="Audit"] tbody tr');
    return acts.length === 1 && acts[0].includes('player.delete') && acts[0].includes(id);
  });
  await page.goto(at('/players?q=mistyMole'));
  await page.getByText('Nobody has this id').waitFor();
});

await test('Ctrl-K finds players by name and sessions by id', async () => {
  const box = page.getByRole('combobox', { name: 'Go to' });
  for (const [text, kind, title] of [['iri', 'Player', 'Iris'], [met, 'Session', 'Session']]) {
    await page.goto(at('/status'));
    await heading('Health');
    await page.keyboard.press('Control+k');
    await box.fill(text);
    await page.getByRole('option').filter({ hasText: kind }).first().waitFor();
    await page.keyboard.press('Enter');
    await heading(title);
  }
});

await test('on a phone of 360 pixels nothing is wider than the window, and a player can still be banned', async () => {
  const phone = await context.browser().newContext({ viewport: { width: 360, height: 720 }, reducedMotion: 'reduce', storageState: await context.storageState() });
  await phone.addInitScript((kept) => sessionStorage.setItem('gamekeeper.session', kept), await page.evaluate(() => sessionStorage.getItem('gamekeeper.session')));
  const small = await phone.newPage();
  for (const path of ['/players', `/players?player=${ids.Iris}`, '/sessions?status=all', `/sessions?session=${active}`]) {
    await small.goto(at(path));
    await small.locator('h1').waitFor();
    await small.locator('[data-row], .about').first().waitFor();
    const over = await small.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `${path} is ${over} pixels wider than the window`);
  }
  await small.goto(at(`/players?player=${ids.Iris}`));
  await small.getByRole('button', { name: 'Ban', exact: true }).click();
  await small.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).waitFor();
  await phone.close();
});

await test('no script failed, and none broke the content security policy', () => assert.deepEqual(faults, []));

await finish();
