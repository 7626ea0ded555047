// Runs every audit of graphql-http against a server and prints one JSON line an audit.
//   node audit.mjs URL READ_KEY
import { auditServer } from 'graphql-http';

const [url, key] = process.argv.slice(2);
if (!url || !key) {
  console.error('usage: node audit.mjs URL READ_KEY');
  process.exit(2);
}

const withKey = (input, init = {}) =>
  fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` }, signal: AbortSignal.timeout(10_000) });

for (const { id, name, status, reason } of await auditServer({ url, fetchFn: withKey })) {
  console.log(JSON.stringify({ id, name, status, reason }));
}
