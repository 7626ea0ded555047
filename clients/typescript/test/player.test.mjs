// The player's side against a running gamekeeper: GK_URL, GK_WRITE_KEY and GK_SERVER_KEY say which (tests/e2e/player_client.py).
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import net from "node:net";
import { test } from "node:test";
import { createPlayerClient, memoryKeys, Problem } from "../dist/player/index.js";
import { endpoint, gameServer, key } from "./gamekeeper.mjs";

/** Lets every request through and notes it; `lose` makes one answer of a path get lost on the way. */
function line() {
  const self = { sent: [], lost: new Set(), cut: false };
  self.of = (path) => self.sent.filter((one) => one.path === path);
  self.fetch = async (url, init) => {
    const path = new URL(url).pathname;
    self.sent.push({ path, method: init.method, headers: init.headers });
    if (self.cut) throw new TypeError("the network is gone");
    const answer = await fetch(url, init);
    if (self.lost.delete(path)) throw new TypeError("the answer is lost");
    return answer;
  };
  return self;
}

const client = (more = {}) => createPlayerClient({ endpoint, key, ...more });
const spoil = (store) => store.set("tokens", JSON.stringify({ ...JSON.parse(store.get("tokens")), access_token: "spoiled" }));
const name = () => `it ${randomUUID().slice(0, 13)}`;
const refusal = (status, code, more = {}) => (error) => {
  assert.ok(error instanceof Problem, String(error));
  assert.deepEqual({ status: error.status, code: error.code, ...Object.fromEntries(Object.keys(more).map((k) => [k, error[k]])) }, { status, code, ...more });
  return true;
};

test("a guest is the same player from the same store, another from another", async () => {
  const store = memoryKeys();
  const first = await client({ store }).account.guest();
  assert.equal(first.username, null);
  assert.deepEqual(await client({ store }).account.guest(), first);
  assert.notEqual((await client().account.guest()).player_id, first.player_id);
});

test("a name is registered, signed in and refused with reasons", async () => {
  const username = name();
  const { account, api } = client();
  const who = await account.register(username, "correct horse 17");
  assert.equal(who.username, username);
  assert.equal((await api.getProfile()).player_id, who.player_id);
  assert.deepEqual(await client().account.login(username, "correct horse 17"), who);
  await assert.rejects(client().account.login(username, "wrong horse 17"), refusal(401, "wrong_credentials"));
  await assert.rejects(client().account.register(username, "correct horse 17"), refusal(409, "username_taken", { field: "username" }));
  await assert.rejects(client().account.register(name(), "short"), (error) => error.field === "password" && error.limit !== undefined && error.requestId !== undefined);
  await account.logout();
  assert.equal(account.current, null);
  await assert.rejects(api.getProfile(), refusal(401, "signed_out"));
});

test("a guest gets a name and stays who they are", async () => {
  const { account, api } = client();
  const guest = await account.guest();
  const username = name();
  await account.link(username, "correct horse 17");
  assert.deepEqual(account.current, { player_id: guest.player_id, username });
  assert.equal((await api.getProfile()).username, username);
});

test("a session as its player sees it", async () => {
  const { account, api } = client();
  const { player_id } = await account.guest();
  const made = await gameServer("POST", "/api/v1/sessions", { players: [player_id], state: { board: [1, 2] } });
  const id = made.session_id;
  assert.deepEqual((await api.getSession({ id })).state, { board: [1, 2] });
  assert.equal((await api.heartbeat({ id })).session_id, id);
  assert.equal((await api.rejoinSession({ id })).history.at(-1).event, "player_rejoined");
  const other = client();
  await other.account.guest();
  await assert.rejects(other.api.getSession({ id }), refusal(404, "not_found", { field: "session_id" }));
  await assert.rejects(api.getSession({ id: "no/such?one" }), refusal(404, "not_found"));
});

test("a token that is refused is renewed once for all calls that wait", async () => {
  const store = memoryKeys(), wire = line();
  const { account, api } = client({ store, fetch: wire.fetch });
  const { player_id } = await account.guest();
  spoil(store);
  const profiles = await Promise.all(Array.from({ length: 20 }, () => api.getProfile()));
  assert.deepEqual(new Set(profiles.map((p) => p.player_id)), new Set([player_id]));
  assert.equal(wire.of("/api/v1/auth/refresh").length, 1);
});

test("clients that share a store use a refresh token once between them", async () => {
  const store = memoryKeys(), wire = line();
  const all = Array.from({ length: 5 }, () => client({ store, fetch: wire.fetch }));
  await all[0].account.guest();
  spoil(store);
  await Promise.all(all.map(({ api }) => api.getProfile()));
  assert.equal(wire.of("/api/v1/auth/refresh").length, 1);
});

test("a token is renewed before its end, and no call is refused", async () => {
  const wire = line();
  const { account, api } = client({ fetch: wire.fetch, refreshBeforeMs: 1e9 }); // always too late: after a second
  await account.guest();
  const before = await account.token();
  await new Promise((r) => setTimeout(r, 1100));
  await api.getProfile();
  assert.notEqual(await account.token(), before);
  assert.equal(wire.of("/api/v1/auth/refresh").length, 1);
  assert.equal(wire.of("/api/v1/auth/profile").length, 1);
});

test("no network at renewal: the old token serves to its end", async () => {
  const wire = line();
  const { account } = client({ fetch: wire.fetch, refreshBeforeMs: 1e9 });
  await account.guest();
  const before = await account.token();
  await new Promise((r) => setTimeout(r, 1100));
  wire.cut = true;
  assert.equal(await account.token(), before);
  assert.equal(wire.of("/api/v1/auth/refresh").length, 1);
});

test("the answer to a renewal is lost: a guest comes back as the same player, a named one is signed out", async () => {
  const store = memoryKeys(), wire = line();
  const guest = client({ store, fetch: wire.fetch });
  const { player_id } = await guest.account.guest();
  spoil(store);
  wire.lost.add("/api/v1/auth/refresh");
  await assert.rejects(guest.api.getProfile(), refusal(0, "no_answer"));
  assert.equal((await guest.api.getProfile()).player_id, player_id);

  const kept = memoryKeys();
  const named = client({ store: kept, fetch: wire.fetch });
  await named.account.register(name(), "correct horse 17");
  const heard = [];
  named.account.onChange((who) => heard.push(who));
  spoil(kept);
  wire.lost.add("/api/v1/auth/refresh");
  await assert.rejects(named.api.getProfile(), refusal(0, "no_answer"));
  await assert.rejects(named.api.getProfile(), refusal(401, "signed_out"));
  assert.deepEqual(heard, [null]);
});

test("who signs out while a token is renewed stays signed out", async () => {
  const store = memoryKeys();
  const { account, api } = client({ store });
  await account.guest();
  spoil(store);
  const refused = assert.rejects(api.getProfile(), (error) => error.status === 401);
  await account.logout();
  await refused;
  assert.equal(account.current, null);
});

test("a change whose answer is lost is sent again and takes effect once", async () => {
  const wire = line();
  const { account, api } = client({ fetch: wire.fetch });
  const { player_id: id } = await account.guest();
  const path = `/api/v1/players/${id}`;
  wire.lost.add(path);
  assert.deepEqual((await api.changePlayer({ id, attributes: { hat: "red" } })).attributes, { hat: "red" });
  const keys = wire.of(path).map((one) => one.headers["Idempotency-Key"]);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  const raw = await gameServer("GET", path, undefined, true);
  assert.equal(raw.headers.get("ETag"), '"2"', "made, and changed once");
});

test("a call ends when its caller says so, or after its time", async (t) => {
  const { account, api } = client();
  await account.guest();
  await assert.rejects(api.getProfile({}, { signal: AbortSignal.abort() }), refusal(0, "no_answer"));
  const mute = net.createServer(() => undefined);
  await new Promise((r) => mute.listen(0, "127.0.0.1", r));
  t.after(() => mute.close());
  const lost = client({ endpoint: `http://127.0.0.1:${mute.address().port}`, requestTimeoutMs: 100 });
  await assert.rejects(lost.account.guest(), (error) => error.status === 0 && /100 ms/.test(error.message));
});
