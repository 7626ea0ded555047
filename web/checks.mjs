// What the browser's checks share: a page to drive, tests that are counted, waiting for what takes a moment.
import { openBrowser } from './browser.mjs';

export const waitMs = 20_000;

/** A window on `base` that notes every script that failed and every breach of the content security policy. */
export async function startChecks(base, viewport = { width: 1440, height: 900 }) {
  const browser = await openBrowser();
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(waitMs);
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => /Content Security Policy/.test(message.text()) && faults.push(message.text()));
  let passed = 0;
  let failed = 0;

  async function test(name, body) {
    try {
      await body();
      passed += 1;
      console.log(`ok    ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${name}\n      ${String(error?.message ?? error).split('\n').slice(0, 6).join('\n      ')}`);
    }
  }

  async function until(what, ask) {
    const end = Date.now() + waitMs;
    for (;;) {
      const value = await ask();
      if (value) return value;
      if (Date.now() > end) throw new Error(`never: ${what}`);
      await page.waitForTimeout(200);
    }
  }

  /** Says how it went, and ends the program with it. */
  async function finish() {
    await browser.close();
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed === 0 ? 0 : 1);
  }

  return {
    browser, context, page, faults, test, until, finish,
    at: (path) => new URL(path, base).href,
    heading: (name) => page.getByRole('heading', { level: 1, name }).waitFor(),
    texts: (selector) => page.locator(selector).allInnerTexts(),
    /** One choice of the address. */
    chosen: (name) => new URL(page.url()).searchParams.get(name),
  };
}
