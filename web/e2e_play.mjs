// Ratings and Notifications, as a person would use them: part of e2e.mjs, whose tools these are. The server needs the matches
// and webhooks of tests/e2e/playing.py.
import assert from 'node:assert/strict';

export async function ratings({ test, page, at, until, texts }) {
  const address = (name) => new URL(page.url()).searchParams.get(name);
  const counts = async () => (await texts('table[aria-label="Calibration"] tbody tr td:nth-child(2)')).map((text) => Number(text.replace(/\D/g, '')));

  await test('Ratings: figures, calibration and distribution of a queue', async () => {
    await page.goto(at('/ratings?queue=duels'));
    await page.getByRole('heading', { level: 1, name: 'Ratings' }).waitFor();
    await until('all counted', async () => /118 matches/.test(await page.locator('main').innerText()) && (await page.getByText(/^Counted /).count()) === 1);
    const loss = Number(await page.locator('[data-figure=log_loss]').innerText());
    assert.ok(loss > 0.3 && loss < 0.72, `log loss ${loss}`);
    assert.match(await page.locator('[data-figure=accuracy]').innerText(), /^[5-9]\d\.\d%$/);
    await page.getByRole('img', { name: /^Calibration: Foretold \d+\.\d%, happened/ }).waitFor();
    assert.match(await page.locator('[data-spread]').innerText(), /^30 players · Median 1\d{3}, the middle half/);
    assert.equal(await page.getByRole('img', { name: /^Mean rating: Mean rating 1\d{3}/ }).count(), 1);
  });

  await test('Ratings: tables say what the charts say, and the address keeps it', async () => {
    await page.getByText('Tables', { exact: true }).click();
    await page.getByRole('table', { name: 'Calibration' }).waitFor();
    assert.equal(address('view'), 'table');
    assert.equal((await counts()).reduce((all, one) => all + one, 0), 118);
    const players = (await texts('table[aria-label="Distribution"] tbody tr td:nth-child(2)')).map(Number);
    assert.equal(players.reduce((all, one) => all + one, 0), 30);
    await page.reload();
    await page.getByRole('table', { name: 'Over time' }).waitFor();
  });

  await test('Ratings: another queue by keyboard, and back', async () => {
    await page.getByRole('textbox', { name: 'Queue' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'Queue' }).fill('casual');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await until('the address', () => address('queue') === 'casual');
    await until('its figures', async () => (await page.locator('[data-figure=log_loss]').innerText()) === '–');
    assert.match(await page.locator('[data-figure=pair_accuracy]').innerText(), /%$/);
    await page.goBack();
    await until('the figures of before', async () => /^0\./.test(await page.locator('[data-figure=log_loss]').innerText()));
  });
}

export async function notifications({ test, page, at, until, texts }) {
  const dialog = page.getByRole('dialog');
  const closed = () => dialog.waitFor({ state: 'detached' });

  await test('Templates: words are tried, saved, and as built in again', async () => {
    await page.goto(at('/notifications?tab=templates'));
    await page.getByRole('button', { name: 'Edit match_found' }).click();
    assert.equal(new URL(page.url()).searchParams.get('template'), 'match_found');
    await page.getByLabel('Title (en)').fill('Ready: {{queue}}');
    assert.match(await page.locator('[data-preview]').innerText(), /^Ready: \[queue\]/);
    await page.getByLabel('queue', { exact: true }).fill('Ranked');
    assert.match(await page.locator('[data-preview]').innerText(), /^Ready: Ranked/);
    await page.getByLabel('Title (en)').fill('Ready: {{nothing}}');
    await page.getByText('Not among the variables: nothing').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    assert.match(await page.getByRole('alert').innerText(), /There is no variable \{\{nothing\}\} here\.[^]*words\.en\.title/);
    await page.getByLabel('Title (en)').fill('Ready: {{queue}}');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const row = page.getByRole('table', { name: 'Templates' }).locator('tr').filter({ hasText: 'match_found' });
    await row.getByText('Written').waitFor();
    await page.getByRole('button', { name: 'As built in' }).click();
    await dialog.getByLabel('Type match_found to confirm').fill('match_found');
    await dialog.getByRole('button', { name: 'As built in' }).click();
    await row.getByText('Built in').waitFor();
  });

  await test('Templates: one of our own, in two languages', async () => {
    await page.getByRole('button', { name: 'New template' }).click();
    await dialog.getByLabel('Name').fill('spring');
    await dialog.getByRole('button', { name: 'Write it' }).click();
    await closed();
    await page.getByLabel('Title (en)').fill('{{prize}} for you');
    await page.getByRole('textbox', { name: 'Variables' }).fill('prize');
    await page.keyboard.press('Enter');
    await page.getByLabel('Another language, as a tag').fill('de');
    await page.keyboard.press('Enter');
    await page.getByLabel('Title (de)').fill('{{prize}} für dich');
    assert.match(await page.locator('[data-preview]').innerText(), /^\[prize\] für dich/);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.getByRole('table', { name: 'Templates' }).getByText('en, de').or(page.getByText('de, en')).first().waitFor();
  });

  await test('Messages: a segment is counted, looked over, confirmed and told', async () => {
    await page.goto(at('/notifications?tab=templates'));
    await page.getByRole('tab', { name: 'Messages' }).click();
    await page.getByRole('button', { name: 'New message' }).click();
    await dialog.getByText('Some', { exact: true }).click();
    await dialog.getByText('Say whom it is for').waitFor();
    await dialog.getByLabel('These players alone').fill('rated-01,rated-02,nobody');
    await page.keyboard.press('Enter');
    await dialog.getByText('2 players', { exact: true }).waitFor();
    await dialog.getByRole('textbox', { name: 'Words' }).click();
    await page.getByRole('option', { name: 'spring' }).click();
    await dialog.getByLabel('prize').fill('A hat');
    assert.match(await dialog.locator('[data-preview]').innerText(), /^A hat for you/);
    await dialog.getByRole('button', { name: 'Look it over' }).click();
    assert.match(await dialog.locator('[data-sure]').innerText(), /^To: 2 players\./);
    const send = dialog.getByRole('button', { name: 'Send now' });
    assert.ok(await send.isDisabled());
    await dialog.getByLabel('Type demo to confirm').fill('demo');
    await send.click();
    await closed();
    const row = page.getByRole('table', { name: 'Messages' }).locator('tbody tr').first();
    await until('told', async () => /3 named players\s+2\s+Done/.test(await row.innerText()));
  });

  await test('Webhooks: made with its secret shown once, given a new one, deleted', async () => {
    await page.goto(at('/notifications?tab=webhooks'));
    const rows = page.getByRole('table', { name: 'Webhooks' }).locator('tbody tr');
    await rows.first().waitFor();
    const before = await rows.count();
    await page.getByRole('button', { name: 'New webhook' }).click();
    await dialog.getByLabel('Address').fill('https://example.com/hook');
    await dialog.getByRole('textbox', { name: 'Events' }).fill('nothing.happens');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Make the webhook' }).click();
    const first = await dialog.locator('[data-secret]').innerText();
    assert.match(first, /^whsec_/);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await closed();
    assert.equal(await rows.count(), before + 1);
    assert.ok(!(await page.locator('body').innerText()).includes(first), 'the secret is shown again');
    await page.getByRole('button', { name: 'New secret for https://example.com/hook' }).click();
    await dialog.getByRole('button', { name: 'New secret' }).click();
    const second = await dialog.locator('[data-secret]').innerText();
    assert.ok(second.startsWith('whsec_') && second !== first);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await closed();
    await page.getByRole('button', { name: 'Delete https://example.com/hook' }).click();
    await dialog.getByLabel('Type example.com to confirm').fill('example.com');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await closed();
    await until('it is gone', async () => (await rows.count()) === before);
  });

  await test('Deliveries: dead ones are found and tried again', async () => {
    await page.goto(at('/notifications?tab=webhooks'));
    await page.getByRole('table', { name: 'Webhooks' }).locator('tbody tr').filter({ hasText: 'match.voided' }).getByRole('button', { name: /^Deliveries to / }).click();
    const rows = page.getByRole('table', { name: 'Deliveries' }).locator('tbody tr');
    await until('two dead ones', async () => (await texts('table[aria-label="Deliveries"] tbody tr')).filter((text) => /Dead/.test(text)).length === 2);
    await page.getByRole('textbox', { name: 'State' }).click();
    await page.getByRole('option', { name: 'Delivered' }).click();
    await page.getByText('Nothing of this kind.').waitFor();
    assert.equal(new URL(page.url()).searchParams.get('status'), 'delivered');
    await page.getByRole('textbox', { name: 'State' }).click();
    await page.getByRole('option', { name: 'Dead' }).click();
    await rows.first().getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Try 1 delivery again' }).click();
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('1 delivery waits again.').waitFor();
    await until('it was tried and is dead again', async () => (await rows.count()) === 2);
  });
}
