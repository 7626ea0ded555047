// node test/restart.mjs BASE_URL WRITE_KEY FOLDER EVENT FROM TO [hang]: tracks events FROM to TO with a file storage and
// waits until all is acknowledged; with `hang` it prints "kept" once the storage has them and waits to be killed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createEventClient, fileStorage } from "../dist/node.js";

const [base, writeKey, folder, event, from, to, hang] = process.argv.slice(2);
if (!to) throw new Error("usage: restart.mjs BASE_URL WRITE_KEY FOLDER EVENT FROM TO [hang]");
const gk = createEventClient({
  endpoint: base, key: writeKey, playerId: "restarted", storage: fileStorage(folder), instance: "game-server",
  flushIntervalMs: 20, backoffMs: 20, maxBackoffMs: 200, onRejected: (r) => { throw new Error(JSON.stringify(r)); },
});
for (let i = Number(from); i < Number(to); i++) gk.track(event, { i });

const kept = () => readdirSync(folder).some((name) => name.endsWith(".jsonl") && readFileSync(join(folder, name), "utf8").includes(`"i\\":${Number(to) - 1}}`));
const wait = async (what, done) => {
  for (const end = Date.now() + 60_000; !done(); await new Promise((r) => setTimeout(r, 20))) if (Date.now() > end) throw new Error(`never: ${what}`);
};
if (hang) {
  await wait("kept", kept);
  console.log("kept");
  setInterval(() => undefined, 1000);
} else {
  await wait("acknowledged", () => gk.stats.pending === 0);
  await gk.close();
  console.log(JSON.stringify(gk.stats));
}
