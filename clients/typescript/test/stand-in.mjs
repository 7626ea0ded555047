// A stand-in for the server that keeps what it is sent and misbehaves on demand. It is not Gamekeeper.
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";

export async function standIn({ port = 0 } = {}) {
  const self = { requests: [], events: new Map(), repeated: 0, conflicts: 0, plan: [], always: undefined };
  const server = createServer((req, res) => {
    const chunks = [];
    req.on("error", () => {});
    req.on("data", (c) => chunks.push(c)).on("end", () => {
      const cors = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding", "Access-Control-Expose-Headers": "Retry-After" };
      const json = (status, value, headers = {}) => res.writeHead(status, { "Content-Type": "application/json", ...cors, ...headers }).end(JSON.stringify(value));
      if (req.method === "OPTIONS") return res.writeHead(204, cors).end();
      let raw = Buffer.concat(chunks);
      const size = raw.length;
      if (req.headers["content-encoding"] === "gzip") raw = gunzipSync(raw);
      const doc = JSON.parse(raw.toString());
      if (req.url === "/graphql") {
        const { event, player } = doc.variables;
        const mine = [...self.events.values()];
        return json(200, { data: {
          series: [{ key: "", total: mine.filter((e) => e.name === event).length }],
          sequenceGaps: self.gaps().filter((g) => !player || g.playerId === player),
        } });
      }
      const fault = self.plan.shift() ?? self.always ?? {};
      self.requests.push({ at: Date.now(), headers: req.headers, size, doc, fault });
      const store = () => {
        for (const e of doc.events) {
          const key = `${e.player_id}/${e.session_id}/${e.seq}`;
          const old = self.events.get(key);
          if (old) {
            self.repeated++;
            if (JSON.stringify(old) !== JSON.stringify(e)) self.conflicts++; // a number used twice
          } else self.events.set(key, e);
        }
      };
      if (fault.cut === "before") return req.socket.destroy();
      if (fault.cut === "after") return store(), req.socket.destroy();
      if (fault.hang) return store();
      if (fault.status) return json(fault.status, { code: fault.code ?? "fault", detail: "on demand" }, fault.headers);
      if (fault.html) return res.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Welcome to the hotel</h1>");
      if (fault.poison && doc.events.some((e) => e.properties?.poison)) return json(400, { code: "poison", detail: "no such document" });
      const rejected = doc.events.flatMap((e, index) => (e.properties?.bad ? [{ index, code: "bad", detail: "bad event", field: "properties" }] : []));
      store();
      json(200, { accepted: doc.events.length - rejected.length, rejected });
    });
  });
  await new Promise((r) => server.listen(port, "127.0.0.1", r));
  self.url = `http://127.0.0.1:${server.address().port}`;
  self.gaps = () => {
    const sessions = new Map();
    for (const e of self.events.values()) {
      const k = JSON.stringify([e.player_id, e.session_id]);
      sessions.set(k, [...(sessions.get(k) ?? []), e.seq]);
    }
    return [...sessions].flatMap(([k, seqs]) => {
      const have = new Set(seqs), missing = [];
      for (let i = 1; i <= Math.max(...seqs); i++) if (!have.has(i)) missing.push({ first: i, last: i });
      const [playerId, sessionId] = JSON.parse(k);
      return missing.length ? [{ playerId, sessionId, missing }] : [];
    });
  };
  self.named = (name) => [...self.events.values()].filter((e) => e.name === name);
  self.close = () => new Promise((r) => (server.closeAllConnections(), server.close(r)));
  return self;
}
if (process.argv[1] === new URL(import.meta.url).pathname) console.log((await standIn({ port: Number(process.argv[2] ?? 0) })).url);
