import { openBrowser, signInOnce } from '/tmp/w/sim/web/browser.mjs';
const [base, link, out, iris, session, met] = process.argv.slice(2);
const browser = await openBrowser();
const storage = await signInOnce(browser, base, link);
const pages = { players: '/players', player: `/players?player=${iris}`, sessions: '/sessions?status=all', session: `/sessions?session=${session}`, met: `/sessions?session=${met}` };
const only = process.env.ONLY?.split(',');
for (const [size, viewport] of Object.entries({ wide: { width: 1440, height: 900 }, phone: { width: 360, height: 800 } })) {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
    await context.addInitScript((text) => sessionStorage.setItem('gamekeeper.session', text), storage);
    const page = await context.newPage();
    page.on('pageerror', (e) => console.log('ERR', e.message));
    for (const [name, path] of Object.entries(pages)) {
      if (only && !only.includes(`${name}-${size}-${colorScheme}`)) continue;
      await page.goto(base + path);
      await page.locator('[data-row], .about, .problem').first().waitFor({timeout:15000}).catch((e) => console.log(name, e.message));
      await page.waitForTimeout(1200);
      await page.screenshot({ path: `${out}/${name}-${size}-${colorScheme}.png`, fullPage: name !== 'players' && name !== 'sessions' });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) console.log(name, size, colorScheme, 'overflow', over);
    }
    await context.close();
  }
}
await browser.close();
