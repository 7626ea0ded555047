// node test/browser.mjs BASE_URL WRITE_KEY READ_KEY: offline, track, reload, online; every event arrives once.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "playwright-core";
import { arrivedOnce } from "./check.mjs";

const [base, writeKey, readKey] = process.argv.slice(2);
if (!readKey) throw new Error("usage: browser.mjs BASE_URL WRITE_KEY READ_KEY");
const since = Date.now();
const run = randomUUID().slice(0, 8);
const event = `client_test.browser.${run}`;
const player = `client-test-${run}`;

const modules = readdirSync(new URL("../dist", import.meta.url)).filter((name) => name.endsWith(".js") && name !== "node.js").map((name) => `/dist/${name}`);
const page404 = { status: 404, contentType: "text/plain", body: "" };
const serve = (path) => {
  if (path === "/") return { status: 200, contentType: "text/html", body: `<!doctype html><title>game</title><script type="module">
    import { createEventClient } from "/dist/index.js";
    const gk = window.gk = createEventClient({ ...${JSON.stringify({ endpoint: base, key: writeKey, playerId: player, flushIntervalMs: 100, backoffMs: 50 })}, onError: (e) => console.log("client:", e.message) });
    gk.startSession({ platform: "web" });
    await gk.ready;
    await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
    window.isReady = true;
  </script>` };
  if (path === "/sw.js") return { status: 200, contentType: "text/javascript", body: `
    const files = ${JSON.stringify(["/", ...modules])};
    addEventListener("install", (e) => e.waitUntil(caches.open("1").then((c) => c.addAll(files)).then(() => skipWaiting())));
    addEventListener("activate", (e) => e.waitUntil(clients.claim()));
    addEventListener("fetch", (e) => { if (new URL(e.request.url).origin === location.origin) e.respondWith(caches.match(e.request).then((r) => r ?? fetch(e.request))); });` };
  if (!/^\/dist\/\w+\.js$/.test(path)) return page404;
  return { status: 200, contentType: "text/javascript", body: readFileSync(new URL(`..${path}`, import.meta.url), "utf8") };
};
const site = createServer((req, res) => {
  const { status, contentType, body } = serve(new URL(req.url, "http://x").pathname);
  res.writeHead(status, { "Content-Type": contentType }).end(body);
});
await new Promise((r) => site.listen(0, "127.0.0.1", r));
const origin = `http://127.0.0.1:${site.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const context = await browser.newContext();
  // The page has a service worker, so it loads without a network. (Pages made by route.fulfill may not call loopback addresses.)
  const page = await context.newPage();
  if (process.env.VERBOSE) page.on("console", (message) => console.error(message.text()));
  page.on("pageerror", (error) => console.error("page:", error.message));
  const track = (page, from, to) => page.evaluate(([event, from, to]) => { for (let i = from; i < to; i++) gk.track(event, { i }); }, [event, from, to]);
  const ready = (page) => page.waitForFunction("window.isReady");
  const drained = (page) => page.waitForFunction("gk.stats.pending === 0", null, { timeout: 60_000 });

  await page.goto(origin);
  await ready(page);
  const session = await page.evaluate("gk.sessionId");
  await track(page, 0, 10);
  await drained(page);

  await context.setOffline(true);
  await track(page, 10, 200);
  await page.reload(); // at once
  await ready(page);
  assert.equal(await page.evaluate("gk.sessionId"), session, "the session goes on after the reload");
  assert.ok((await page.evaluate("gk.stats.pending")) >= 190, "events are kept over the reload");
  await track(page, 200, 250);

  // A second tab, closed offline: its leftovers are taken over.
  const second = await context.newPage();
  await second.goto(origin);
  await ready(second);
  assert.notEqual(await second.evaluate("gk.sessionId"), session, "each tab its own session");
  await track(second, 250, 300);
  await second.waitForTimeout(300);
  await second.close();

  await context.setOffline(false);
  await drained(page);

  // Leaving at once: keepalive or the next visit delivers.
  await track(page, 300, 320);
  await page.reload();
  await ready(page);
  await page.waitForFunction("gk.stats.pending === 0");
  await drained(page);
  await arrivedOnce(base, readKey, { event, player, count: 320, since });
  console.log(JSON.stringify({ ok: true, events: 320, browser: browser.version() }));
} finally {
  await browser.close();
  site.close();
}
