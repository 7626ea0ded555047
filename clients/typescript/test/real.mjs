// node test/real.mjs BASE_URL WRITE_KEY READ_KEY: 1000 events to a running gamekeeper through a proxy that breaks connections.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import net from "node:net";
import { createEventClient } from "../dist/index.js";
import { arrivedOnce } from "./check.mjs";

const [base, writeKey, readKey] = process.argv.slice(2);
if (!readKey) throw new Error("usage: real.mjs BASE_URL WRITE_KEY READ_KEY");
const target = new URL(base);
assert.equal(target.protocol, "http:", "the proxy speaks plain TCP: give an http address");

const broken = { refused: 0, request: 0, answer: 0, slow: 0 };
const proxy = net.createServer((down) => {
  const luck = Math.random();
  down.on("error", () => {});
  if (luck < 0.15) return broken.refused++, down.resetAndDestroy();
  const up = net.connect({ host: target.hostname, port: Number(target.port || 80) });
  const kill = () => { down.resetAndDestroy(); up.destroy(); };
  up.on("error", kill).on("close", () => down.destroy());
  down.on("close", () => up.destroy());
  if (luck < 0.3) {
    // a part of the request arrives
    broken.request++;
    down.once("data", (chunk) => { up.write(chunk.subarray(0, chunk.length >> 1)); setTimeout(kill, 20); });
  } else {
    down.pipe(up);
    up.on("data", (chunk) => {
      const fate = Math.random();
      if (fate < 0.25) return broken.answer++, kill(); // the server has stored it, the client never hears
      const pass = () => {
        if (!down.writable) return;
        down.write(chunk);
        if (fate > 0.8) down.end(); // kept-alive connections die too
      };
      if (fate < 0.35) return broken.slow++, setTimeout(pass, 100);
      pass();
    });
  }
});
await new Promise((r) => proxy.listen(0, "127.0.0.1", r));

const since = Date.now();
const run = randomUUID().slice(0, 8);
const event = `client_test.real.${run}`;
const player = `client-test-${run}`;
const gk = createEventClient({
  endpoint: `http://127.0.0.1:${proxy.address().port}`, key: writeKey, playerId: player,
  flushIntervalMs: 20, maxBatch: 25, backoffMs: 20, maxBackoffMs: 500, requestTimeoutMs: 3000,
  onRejected: (r) => { throw new Error(JSON.stringify(r)); },
});
let rejected = 0;
gk.startSession({ platform: "test" });
for (let i = 0; i < 1000; i++) {
  gk.track(event, { i });
  if (i % 20 === 19) await new Promise((r) => setTimeout(r, 10));
}
gk.endSession();
for (const end = Date.now() + 120_000; gk.stats.pending > 0; await new Promise((r) => setTimeout(r, 50))) assert.ok(Date.now() < end, "not drained in 120 s");
await gk.close();
rejected = gk.stats.rejected;
proxy.close();
assert.equal(rejected, 0);
assert.ok(broken.answer > 0, "the proxy never broke an answer");
await arrivedOnce(base, readKey, { event, player, count: 1000, since });
console.log(JSON.stringify({ ok: true, events: 1000, broken, stats: gk.stats }));
process.exit(0);
