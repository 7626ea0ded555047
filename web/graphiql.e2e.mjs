// GraphiQL as a browser gets it at GET /graphql: by a read key, and from the dashboard's session.
//   node graphiql.e2e.mjs BASE_URL READ_KEY SIGNIN_LINK
import assert from 'node:assert/strict';
import { openBrowser, signInOnce } from './browser.mjs';

const [base, key, link] = process.argv.slice(2);
if (!base || !key || !link) {
  console.error('usage: node graphiql.e2e.mjs BASE_URL READ_KEY SIGNIN_LINK');
  process.exit(2);
}

const faults = [];
const browser = await openBrowser();

async function open(path, kept) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  if (kept) await context.addInitScript((text) => sessionStorage.setItem('gamekeeper.session', text), kept);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('request', (request) => new URL(request.url()).origin === new URL(base).origin || /^(data|blob):/.test(request.url()) || faults.push(`asked elsewhere: ${request.url()}`));
  const answer = await page.goto(new URL(path, base).href);
  assert.match(answer.headers()['content-security-policy'], /default-src 'self'/);
  return page;
}

/** The documentation explorer lists the schema's root types once introspection has come and could be read. */
async function schemaLoads(page) {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.locator('.graphiql-doc-explorer-content', { hasText: 'Subscription' }).waitFor();
  assert.match(await page.locator('.graphiql-doc-explorer-content').innerText(), /query:\s*Query/);
}

async function runs(page, shown) {
  await page.getByRole('button', { name: /Execute query/ }).click();
  await page.locator('.result-window', { hasText: shown }).waitFor();
}

try {
  const stranger = await open('/graphql?query=' + encodeURIComponent('{ ledger { balanced } }'));
  await stranger.getByLabel('Read key').fill(key);
  await stranger.getByLabel('Read key').press('Enter');
  await schemaLoads(stranger);
  await runs(stranger, '"balanced": true');
  console.log('ok    by a read key, with the query of the address');

  const analyst = await open('/graphql', await signInOnce(browser, base, link));
  await analyst.locator('.asker option').first().waitFor({ state: 'attached' }); // GraphiQL begins anew once the app is known
  await schemaLoads(analyst);
  await runs(analyst, '"playersOnline"');
  console.log('ok    by the session of the dashboard');

  const live = await open('/graphql?query=' + encodeURIComponent('subscription { overview { eventsPerSecond } }'));
  await live.getByLabel('Read key').fill(key);
  await live.getByLabel('Read key').press('Enter');
  await schemaLoads(live);
  await runs(live, '"eventsPerSecond"');
  console.log('ok    a subscription');

  assert.deepEqual(faults, []);
  console.log('ok    no script failed, nothing was asked of another host, the content security policy held');
} catch (error) {
  console.log(`FAIL  ${error?.message ?? error}\n${faults.join('\n')}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
