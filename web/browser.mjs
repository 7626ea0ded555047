// The browser that the checks drive, and a session in it from a one-time link.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function openBrowser() {
  const executablePath = places.find((place) => place && existsSync(place));
  if (!executablePath) throw new Error('no browser: install chromium, or name one in CHROMIUM');
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** Opens the link, which works once, and gives what the page kept of it, for further contexts. */
export async function signInOnce(browser, base, link) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(new URL(link, base).href);
  await page.waitForFunction(() => sessionStorage.getItem('gamekeeper.session') !== null, undefined, { timeout: 15_000 });
  const kept = await page.evaluate(() => sessionStorage.getItem('gamekeeper.session'));
  await context.close();
  return kept;
}
