// What both outside tests ask the server afterwards.
import assert from "node:assert/strict";

export async function arrivedOnce(base, readKey, { event, player, count, since }) {
  const minute = 60_000;
  const variables = {
    event, player,
    from: new Date(Math.floor(since / minute) * minute - 5 * minute).toISOString(),
    to: new Date(Math.ceil(Date.now() / minute) * minute + 5 * minute).toISOString(),
  };
  const ask = async () => {
    const response = await fetch(`${base}/graphql`, {
      method: "POST",
      headers: { Authorization: `Bearer ${readKey}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        query: `query ($from: DateTime!, $to: DateTime!, $event: String) {
          series(metric: EVENTS, from: $from, to: $to, step: MINUTE, event: $event) { key total }
          sequenceGaps(from: $from, to: $to) { playerId sessionId missing { first last } } }`,
        variables: { from: variables.from, to: variables.to, event, ...(process.env.STAND_IN ? { player } : {}) },
      }),
    });
    const answer = await response.json();
    assert.ok(answer.data, JSON.stringify(answer));
    return { total: answer.data.series.reduce((sum, s) => sum + s.total, 0), gaps: answer.data.sequenceGaps.filter((g) => g.playerId === player) };
  };
  let seen = await ask();
  for (const end = Date.now() + 10_000; seen.total < count && Date.now() < end; seen = await ask()) await new Promise((r) => setTimeout(r, 200));
  await new Promise((r) => setTimeout(r, 1500)); // a repeat counted late would show now
  seen = await ask();
  assert.equal(seen.total, count, `${seen.total} of ${count} events`);
  assert.deepEqual(seen.gaps, []);
}
