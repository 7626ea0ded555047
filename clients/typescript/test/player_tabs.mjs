// Tabs of one browser against a running gamekeeper (tests/e2e/client.py): who shares a sign-in, and who does not.
import assert from "node:assert/strict";
import { endpoint, key } from "./gamekeeper.mjs";
import { openBrowser, openSite } from "./site.mjs";

const page = (keys) => `<!doctype html><title>game</title><script type="module">
  import * as gk from "/dist/player/index.js";
  const store = await gk.${keys}();
  Object.assign(window, { store, client: gk.createPlayerClient({ endpoint: ${JSON.stringify(endpoint)}, key: ${JSON.stringify(key)}, store }) });
  window.spoil = () => store.set("tokens", JSON.stringify({ ...JSON.parse(store.get("tokens")), access_token: "spoiled" }));
  window.isReady = true;
</script>`;
const site = await openSite({ "/site": page("siteKeys"), "/tab": page("tabKeys") });
const browser = await openBrowser();

async function open(context, path) {
  const tab = await context.newPage();
  tab.on("pageerror", (error) => console.error("page:", error.message));
  await tab.goto(site.origin + path);
  await tab.waitForFunction("window.isReady");
  return tab;
}

async function renewedOnce(without) {
  const context = await browser.newContext();
  if (without) await context.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
  let renewals = 0;
  context.on("request", (request) => (renewals += request.method() === "POST" && request.url().endsWith("/auth/refresh") ? 1 : 0));
  const tabs = [await open(context, "/site"), await open(context, "/site"), await open(context, "/site")];
  const { player_id } = await tabs[0].evaluate("client.account.guest()");
  await tabs[0].evaluate("spoil()");
  for (const tab of tabs) await tab.waitForFunction(`store.get("tokens")?.includes("spoiled")`); // localStorage of other tabs is a little late
  const ask = `Promise.all(Array.from({ length: 5 }, () => client.api.getProfile())).then((all) => [...new Set(all.map((p) => p.player_id))])`;
  for (const seen of await Promise.all(tabs.map((tab) => tab.evaluate(ask)))) assert.deepEqual(seen, [player_id]);
  assert.equal(renewals, 1, "the refresh token was used once by all tabs");
  return { context, tabs };
}

try {
  const { context, tabs } = await renewedOnce(false);
  console.log("ok    tabs renew a token once between them");
  await tabs[1].evaluate("void (window.heard = new Promise((resolve) => client.account.onChange(resolve)))");
  await tabs[0].evaluate("client.account.logout()");
  assert.equal(await tabs[1].evaluate("heard"), null);
  assert.equal(await tabs[2].evaluate("client.api.getProfile().catch((e) => e.code)"), "signed_out");
  console.log("ok    who signs out in one tab is signed out in all");
  await context.close();

  await (await renewedOnce(true)).context.close();
  console.log("ok    the same where the browser has no locks");

  const apart = await browser.newContext();
  const first = await open(apart, "/tab");
  const me = await first.evaluate("client.account.guest()");
  await first.reload();
  await first.waitForFunction("window.isReady");
  assert.deepEqual(await first.evaluate("client.account.current"), me, "a reload keeps the guest");
  const [copy] = await Promise.all([apart.waitForEvent("page"), first.evaluate(`void window.open("/tab")`)]); // takes sessionStorage along
  await copy.waitForFunction("window.isReady");
  assert.equal(await copy.evaluate("client.account.current"), null, "a duplicated tab starts anew");
  assert.notEqual((await copy.evaluate("client.account.guest()")).player_id, me.player_id);
  assert.deepEqual(await first.evaluate("client.account.guest()"), me);
  console.log("ok    a tab's own guest survives a reload, and is not copied");
} finally {
  await browser.close();
  site.close();
}
