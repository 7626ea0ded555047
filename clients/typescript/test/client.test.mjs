import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createEventClient, fileStorage, memoryStorage } from "../dist/node.js";
import { standIn } from "./stand-in.mjs";

const here = new URL("..", import.meta.url).pathname;
const make = (server, more = {}) => createEventClient({ endpoint: server.url, key: "wk", playerId: "p1", flushIntervalMs: 20, backoffMs: 10, maxBackoffMs: 100, ...more });
const nest = (levels) => (levels === 1 ? { a: 1 } : { a: nest(levels - 1) });
const until = async (what, ms = 5000) => {
  for (const end = Date.now() + ms; !what(); await new Promise((r) => setTimeout(r, 5))) if (Date.now() > end) throw new Error(`timed out: ${what}`);
};
const serverTest = (name, body) => test(name, { timeout: 30_000 }, async (t) => {
  const server = await standIn();
  const folder = mkdtempSync(join(tmpdir(), "gk-client-"));
  t.after(async () => { await server.close(); rmSync(folder, { recursive: true, force: true }); });
  await body(server, folder, t);
  assert.equal(server.conflicts, 0, "a number was used for two events");
});

serverTest("numbers, batches, compresses, sends sent_at", async (server) => {
  const gk = make(server, { maxBatch: 100 });
  gk.startSession({ platform: "web" });
  for (let i = 0; i < 250; i++) gk.track("e", { i, text: "some text to press" });
  gk.endSession();
  assert.deepEqual(await gk.close(), { drained: true, pending: 0 });
  assert.equal(server.events.size, 252);
  assert.deepEqual(server.gaps(), []);
  assert.equal(server.requests.length, 3);
  const [first] = server.requests;
  assert.equal(first.headers.authorization, "Bearer wk");
  assert.equal(first.headers["content-encoding"], "gzip");
  assert.ok(Math.abs(Date.parse(first.doc.sent_at) - Date.now()) < 5000);
  assert.equal(first.doc.events[0].name, "session_start");
  assert.equal(gk.stats.accepted, 252);
});

serverTest("small bodies and compress: false stay plain", async (server) => {
  const gk = make(server, { compress: false });
  for (let i = 0; i < 50; i++) gk.track("e", { text: "x".repeat(100) });
  await gk.close();
  const small = make(server);
  small.track("e");
  await small.close();
  assert.ok(server.requests.every((r) => !r.headers["content-encoding"]));
});

serverTest("503, 500, cut before and after storing, a hotel's page: all arrive once", async (server) => {
  const faults = [{ status: 503 }, { cut: "before" }, { cut: "after" }, { status: 500 }, { html: true }, { status: 429 }, { cut: "after" }];
  for (let i = 0; i < 40; i++) server.plan.push(i % 3 === 2 ? {} : faults[i % faults.length]);
  const gk = make(server, { maxBatch: 10 });
  for (let i = 0; i < 300; i++) gk.track("e", { i });
  await until(() => gk.stats.pending === 0, 20_000);
  assert.equal(server.events.size, 300);
  assert.ok(server.repeated > 0);
  assert.deepEqual(server.gaps(), []);
  await gk.close();
});

serverTest("a request that hangs is given up and repeated", async (server) => {
  server.plan.push({ hang: true });
  const gk = make(server, { requestTimeoutMs: 100 });
  gk.track("e");
  await until(() => gk.stats.pending === 0);
  assert.equal(server.repeated, 1);
  await gk.close();
});

serverTest("Retry-After is honoured, also by flush()", async (server) => {
  server.plan.push({ status: 429, headers: { "Retry-After": "1" } });
  const gk = make(server);
  gk.track("e");
  assert.deepEqual(await gk.flush(), { drained: false, pending: 1 });
  assert.deepEqual(await gk.flush(), { drained: false, pending: 1 });
  await until(() => gk.stats.pending === 0);
  assert.equal(server.requests.length, 2);
  assert.ok(server.requests[1].at - server.requests[0].at >= 990);
  await gk.close();
});

serverTest("a rejected event is reported and the others stay", async (server) => {
  const rejected = [];
  const gk = make(server, { onRejected: (r) => rejected.push(r) });
  gk.track("e", { n: 1 }); gk.track("e", { bad: true }); gk.track("e", { n: 3 });
  await gk.close();
  assert.equal(rejected.length, 1);
  assert.equal(rejected[0].code, "bad");
  assert.equal(rejected[0].event.seq, 2);
  assert.deepEqual([gk.stats.accepted, gk.stats.rejected], [2, 1]);
});

serverTest("400 is narrowed down to the one event that causes it", async (server) => {
  server.always = { poison: true };
  const rejected = [];
  const gk = make(server, { onRejected: (r) => rejected.push(r) });
  for (let i = 0; i < 64; i++) gk.track("e", i === 41 ? { poison: true } : { i });
  assert.equal((await gk.close()).pending, 0);
  assert.equal(server.events.size, 63);
  assert.deepEqual(rejected.map((r) => [r.status, r.code, r.event.seq]), [[400, "poison", 42]]);
});

serverTest("401 keeps the events: a key can be put right", async (server) => {
  server.always = { status: 401 };
  const storage = memoryStorage(), errors = [];
  const gk = make(server, { storage, onError: (e) => errors.push(e) });
  gk.track("e");
  assert.equal((await gk.close()).pending, 1);
  assert.match(errors[0].message, /401/);
  server.always = undefined;
  const next = make(server, { storage });
  await until(() => server.events.size === 1);
  await next.close();
});

serverTest("checked before it is numbered", async (server) => {
  const codes = [];
  const gk = make(server, { onRejected: (r) => codes.push(r.code) });
  gk.track("no spaces"); gk.track("e", { t: "x".repeat(33_000) }); gk.track("e", nest(9)); gk.track("e", {}, { time: NaN });
  gk.track("e", nest(8));
  await gk.close();
  assert.deepEqual(codes, ["invalid_name", "too_large", "too_deep", "invalid_time"]);
  assert.deepEqual([...server.events.values()].map((e) => e.seq), [1]);
});

serverTest("a bounded queue drops the oldest and says so", async (server) => {
  server.always = { status: 503 };
  const drops = [];
  const gk = make(server, { maxQueue: 50, maxBatch: 10, onDropped: (d) => drops.push(d) });
  await gk.ready;
  for (let i = 0; i < 80; i++) gk.track("e", { i });
  assert.equal(gk.stats.pending, 50);
  assert.equal(gk.stats.dropped, 30);
  assert.equal(drops.at(-1).total, 30);
  assert.equal(drops[0].events[0].properties.i, 0);
  server.always = undefined;
  await until(() => gk.stats.pending === 0);
  assert.equal(server.events.size, 50);
  assert.deepEqual(server.gaps().flatMap((g) => g.missing).length, 30); // the loss is visible
  await gk.close();
});

serverTest("setPlayer: a new session with the same start", async (server) => {
  const gk = make(server);
  gk.startSession({ platform: "web" }); gk.track("e"); gk.setPlayer("p2"); gk.track("e");
  await gk.close();
  assert.deepEqual([...server.events.values()].map((e) => [e.player_id, e.name, e.seq]),
    [["p1", "session_start", 1], ["p1", "e", 2], ["p1", "session_end", 3], ["p2", "session_start", 1], ["p2", "e", 2]]);
  assert.equal(new Set([...server.events.values()].map((e) => e.session_id)).size, 2);
});

serverTest("an idle session is not continued", async (server) => {
  const gk = make(server, { sessionIdleMs: 60 });
  gk.startSession({ platform: "web" });
  await new Promise((r) => setTimeout(r, 100));
  gk.track("e");
  await gk.close();
  assert.deepEqual([...server.events.values()].map((e) => [e.name, e.seq]), [["session_start", 1], ["session_start", 1], ["e", 2]]);
});

serverTest("restart under the same instance continues the session and its numbers", async (server, folder) => {
  for (let round = 0; round < 3; round++) {
    const gk = make(server, { storage: fileStorage(folder), instance: "main" });
    gk.startSession({ version: "1" });
    for (let i = 0; i < 5; i++) gk.track("e", { round, i });
    await gk.close();
  }
  assert.equal(server.events.size, 16);
  assert.deepEqual([...server.events.values()].map((e) => e.seq), Array.from({ length: 16 }, (_, i) => i + 1));
});

serverTest("written before it is sent; SIGKILL loses nothing that was written; leftovers are taken over", async (server, folder) => {
  server.always = { cut: "after" }; // the server has them, the client does not know
  const code = `import { createEventClient, fileStorage } from ${JSON.stringify(join(here, "dist/node.js"))};
    const gk = createEventClient({ endpoint: ${JSON.stringify(server.url)}, key: "wk", playerId: "p1", flushIntervalMs: 10, storage: fileStorage(${JSON.stringify(folder)}) });
    for (let i = 0; i < 500; i++) gk.track("e", { i });
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "inherit" });
  await until(() => server.requests.length >= 2, 15_000);
  child.kill("SIGKILL");
  await new Promise((r) => child.once("exit", r));
  appendFileSync(join(folder, readdirSync(folder).find((f) => f.endsWith(".jsonl"))), '{"p":[["e9999'); // torn by the crash
  server.always = undefined;
  const gk = make(server, { storage: fileStorage(folder) });
  await until(() => gk.stats.adopted > 0 && gk.stats.pending === 0, 15_000);
  assert.equal(gk.stats.adopted, 500);
  assert.equal(server.named("e").length, 500);
  assert.deepEqual(server.gaps(), []);
  await gk.close();
  assert.deepEqual(readdirSync(folder), []);
});

serverTest("two clients on one storage: own sessions, the living one's events are not taken", async (server) => {
  server.always = { status: 503 };
  const storage = memoryStorage();
  const a = make(server, { storage }), b = make(server, { storage });
  for (let i = 0; i < 20; i++) { a.track("a", { i }); b.track("b", { i }); }
  await a.ready; await b.ready;
  assert.notEqual(a.sessionId, b.sessionId);
  await a.close(50);
  server.always = undefined;
  await until(() => b.stats.pending === 0);
  assert.equal(server.named("a").length, 0);
  const c = make(server, { storage });
  await until(() => server.named("a").length === 20);
  assert.deepEqual(server.gaps(), []);
  await b.close(); await c.close();
});

serverTest("storage that refuses: goes on in memory under a new session", async (server) => {
  const inner = memoryStorage();
  let full = false;
  const storage = { ...inner, write: async (p, r) => { if (full && p.length) throw new Error("quota"); return inner.write(p, r); } };
  const errors = [];
  const gk = make(server, { storage, instance: "tab", onError: (e) => errors.push(e) });
  gk.track("e", { n: 1 });
  await gk.flush();
  full = true;
  gk.track("e", { n: 2 }); gk.track("e", { n: 3 });
  await until(() => server.events.size === 3);
  await gk.close();
  assert.equal(errors[0].message, "quota");
  full = false;
  const again = make(server, { storage, instance: "tab" });
  again.track("e", { n: 4 });
  await again.close();
  assert.equal(server.events.size, 4);
  assert.deepEqual(server.gaps(), []);
});
