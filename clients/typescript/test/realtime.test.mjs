// What happens as it happens, against a running gamekeeper through a network that is cut and falls silent (tests/e2e/client.py).
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import net from "node:net";
import { test } from "node:test";
import { WebSocket } from "ws"; // Node 18 and 20 have none
import { createPlayerClient, memoryKeys } from "../dist/player/index.js";
import { endpoint, gameServer, key } from "./gamekeeper.mjs";

const until = async (what, shown = String(what), ms = 20_000) => {
  for (const end = Date.now() + ms; !(await what()); await new Promise((r) => setTimeout(r, 10))) if (Date.now() > end) throw new Error(`never: ${shown}`);
};
const pause = (ms) => new Promise((r) => setTimeout(r, ms));

/** Between the client and the server: carries, cuts everything, or goes silent while all stays open. */
async function network(t) {
  const target = new URL(endpoint);
  const self = { opened: 0, told: "", silent: false, refuse: false, open: new Set() };
  const server = net.createServer((down) => {
    if (self.refuse) return down.resetAndDestroy();
    self.opened++;
    const up = net.connect({ host: target.hostname, port: Number(target.port) });
    const end = () => { down.destroy(); up.destroy(); self.open.delete(end); };
    self.open.add(end);
    const carry = (from, to) => from.on("data", (bytes) => self.silent || to.write(bytes)).on("close", end).on("error", end);
    carry(down, up);
    carry(up, down);
    up.on("data", (bytes) => (self.told += bytes.toString("latin1")));
  });
  await new Promise((r) => server.listen(0, "127.0.0.1", r));
  self.cut = () => [...self.open].forEach((end) => end());
  self.url = `ws://127.0.0.1:${server.address().port}/ws`;
  t.after(() => { self.cut(); server.close(); });
  return self;
}

async function playing(t, more = {}) {
  const wire = await network(t);
  const client = createPlayerClient({
    endpoint, key, store: more.store ?? memoryKeys(), refreshBeforeMs: more.refreshBeforeMs,
    realtime: { WebSocket, url: wire.url, backoffMs: 20, maxBackoffMs: 200, ...more.realtime },
  });
  t.after(() => client.close());
  const { player_id } = await client.account.guest();
  const session = (await gameServer("POST", "/api/v1/sessions", { players: [player_id] })).session_id;
  const set = (n) => gameServer("PUT", `/api/v1/sessions/${session}`, { state: { n } });
  const seen = [];
  client.realtime.on("session_state", (data, { topic }) => topic === `session:${session}` && seen.push(data.state.n));
  return { wire, client, session, set, seen };
}
const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1);
const it = (name, body) => test(name, { timeout: 60_000 }, body);

it("a session's changes come in order, and unsubscribing ends them", async (t) => {
  const { client, session, set, seen } = await playing(t);
  let reads = 0;
  const subscription = client.realtime.subscribe(`session:${session}`, () => reads++);
  await subscription.ready;
  assert.equal(client.realtime.status, "open");
  assert.equal(reads, 1);
  for (const n of upTo(20)) await set(n);
  await until(() => seen.length === 20);
  assert.deepEqual(seen, upTo(20));
  subscription.end();
  const marker = client.realtime.subscribe("ratings");
  await marker.ready; // answers come in order: the other has ended by now
  await set(21);
  await pause(200);
  assert.equal(seen.length, 20);
});

it("a topic that is not for this player is refused", async (t) => {
  const { client } = await playing(t);
  const other = await playing(t);
  const refused = (code) => (error) => error.code === code && error.field === "topic";
  await assert.rejects(client.realtime.subscribe(`session:${other.session}`).ready, refused("not_found"));
  await assert.rejects(client.realtime.subscribe("weather").ready, refused("unknown_topic"));
  await client.realtime.subscribe("queue").ready;
});

it("a connection that is cut goes on where it stood: nothing is missing, nothing comes twice", async (t) => {
  const { wire, client, session, set, seen } = await playing(t);
  let reads = 0;
  let cuts = 0;
  await client.realtime.subscribe(`session:${session}`, () => reads++).ready;
  for (const n of upTo(60)) {
    await set(n);
    if (n % 10 !== 5) continue;
    await until(() => wire.opened > cuts); // it has come back from the cut before
    wire.cut();
    cuts++;
  }
  await until(() => seen.length >= 60);
  assert.deepEqual(seen, upTo(60));
  assert.equal(reads, 1, "no gap");
  assert.equal(wire.opened, 7);
});

it("a peer that falls silent is noticed, and what was missed comes after", async (t) => {
  const { wire, client, session, set, seen } = await playing(t, { realtime: { pingAfterMs: 100, answerWithinMs: 400 } });
  await client.realtime.subscribe(`session:${session}`).ready;
  await set(1);
  await until(() => seen.length === 1);
  wire.silent = true;
  await set(2);
  await until(() => client.realtime.status === "waiting");
  wire.silent = false;
  await until(() => seen.length === 2);
  assert.deepEqual(seen, [1, 2]);
});

it("who was away for too long is told to read again", async (t) => {
  const { wire, client, session, set, seen } = await playing(t);
  const reads = [];
  await client.realtime.subscribe(`session:${session}`, () => reads.push(client.api.getSession({ id: session }))).ready;
  wire.refuse = true;
  wire.cut();
  for (const n of upTo(300)) await set(n);
  wire.refuse = false;
  await until(() => reads.length === 2);
  assert.equal((await reads[1]).state.n, 300);
  await set(301);
  await until(() => seen.at(-1) === 301);
});

it("tokens are renewed on the open socket", async (t) => {
  const { wire, client, session, set, seen } = await playing(t, { refreshBeforeMs: 1e9 }); // every second
  await client.realtime.subscribe(`session:${session}`).ready;
  const first = await client.account.token();
  await pause(2500);
  assert.notEqual(await client.account.token(), first, "renewed by itself");
  assert.ok(wire.told.match(/"authenticated"/g).length >= 3, "the server was given each");
  await client.api.getProfile();
  await set(1);
  await until(() => seen.length === 1);
  assert.equal(wire.opened, 1);
});

it("a sign-in that is ended elsewhere: a guest comes back, a named player is signed out", async (t) => {
  const store = memoryKeys();
  const { wire, client, session, set, seen } = await playing(t, { store });
  await client.realtime.subscribe(`session:${session}`).ready;
  const endElsewhere = async () => {
    const { access_token } = JSON.parse(store.get("tokens"));
    const answer = await fetch(new URL("/api/v1/auth/logout", endpoint), { method: "POST", headers: { Authorization: `Bearer ${access_token}` } });
    assert.equal(answer.status, 204);
  };
  await endElsewhere();
  await until(() => wire.opened === 2 && client.realtime.status === "open");
  await set(1);
  await until(() => seen.length === 1);

  await client.account.register(`it ${randomUUID().slice(0, 13)}`, "correct horse 17");
  await until(() => client.realtime.status === "open" && wire.opened === 3);
  await endElsewhere();
  await until(() => client.realtime.status === "signed_out");
  assert.equal(client.account.current, null);
});

it("it opens when somebody signs in, and as nobody else", async (t) => {
  const wire = await network(t);
  const client = createPlayerClient({ endpoint, key, realtime: { WebSocket, url: wire.url, backoffMs: 20 } });
  t.after(() => client.close());
  const queue = client.realtime.subscribe("queue");
  await until(() => client.realtime.status === "signed_out");
  await client.account.guest();
  await queue.ready;
  assert.equal(wire.opened, 1);
  const heard = [];
  client.realtime.onStatus((status) => heard.push(status));
  await client.account.register(`it ${randomUUID().slice(0, 13)}`, "correct horse 17");
  await until(() => client.realtime.status === "open" && wire.opened === 2);
  client.close();
  assert.equal(heard.at(-1), "closed");
});
