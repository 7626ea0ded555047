// The gamekeeper that the tests speak to, and its server key's view of it.
const { GK_URL, GK_WRITE_KEY, GK_SERVER_KEY } = process.env;
if (!GK_SERVER_KEY) throw new Error("set GK_URL, GK_WRITE_KEY and GK_SERVER_KEY, or run tests/e2e/player_client.py");
export const endpoint = GK_URL;
export const key = GK_WRITE_KEY;

export async function gameServer(method, path, body, raw = false) {
  const answer = await fetch(new URL(path, endpoint), {
    method, headers: { Authorization: `Bearer ${GK_SERVER_KEY}`, "Content-Type": "application/json" }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return raw ? answer : answer.status === 204 ? undefined : answer.json();
}
