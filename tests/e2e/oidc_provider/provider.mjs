// A real OpenID provider for tests: `node provider.mjs PORT`. It says {"ready": true} on standard output, and answers lines of JSON on
// standard input: {"sign": {"alg", "kid"?, "header"?, "claims"}} signs anything with its own keys, {"fake": …} with keys that it does not
// publish, {"hmac": …} as HS256 with its RSA public key, {"rotate": true} changes its keys, {"count": true} tells how often they were read.
import crypto from 'node:crypto';
import http from 'node:http';
import readline from 'node:readline';
import { SignJWT, exportJWK, exportSPKI, generateKeyPair, importJWK } from 'jose';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const ways = ['RS256', 'ES256', 'EdDSA'];
let turn = 0;

async function makeKeys() {
  turn += 1;
  const keys = {};
  for (const alg of ways) {
    const pair = await generateKeyPair(alg, { extractable: true, ...(alg === 'EdDSA' ? { crv: 'Ed25519' } : {}) });
    const jwk = { ...(await exportJWK(pair.privateKey)), alg, use: 'sig', kid: `${alg}-${turn}` };
    keys[alg] = { jwk, pem: await exportSPKI(pair.publicKey) };
  }
  return keys;
}

function makeProvider(keys) {
  const provider = new Provider(issuer, {
    clients: ways.map((alg) => ({
      client_id: `game-${alg}`, client_secret: 'a secret of the tests', redirect_uris: ['http://127.0.0.1:1/signed-in'],
      grant_types: ['authorization_code'], response_types: ['code'], id_token_signed_response_alg: alg,
    })),
    jwks: { keys: ways.map((alg) => keys[alg].jwk) },
    enabledJWA: { idTokenSigningAlgValues: ways },
    cookies: { keys: ['a key of the tests'] },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
  });
  provider.on('server_error', (_, error) => console.error(error));
  return provider.callback();
}

const published = { keys: await makeKeys() };
const hidden = await makeKeys();
let serve = makeProvider(published.keys);
let reads = 0;

async function sign(keys, { alg, kid, header, claims }) {
  const { jwk } = keys[alg];
  return new SignJWT(claims).setProtectedHeader({ alg, kid: kid ?? jwk.kid, ...header }).sign(await importJWK(jwk, alg));
}

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function answer(command) {
  if (command.sign) return { token: await sign(published.keys, command.sign) };
  if (command.fake) return { token: await sign(hidden, command.fake) };
  if (command.hmac) {
    const { jwk, pem } = published.keys.RS256;
    const text = `${base64url({ alg: 'HS256', kid: jwk.kid })}.${base64url(command.hmac.claims)}`;
    return { token: `${text}.${crypto.createHmac('sha256', pem).update(text).digest('base64url')}` };
  }
  if (command.rotate) {
    published.keys = await makeKeys();
    serve = makeProvider(published.keys);
    return {};
  }
  return { reads };
}

const server = http.createServer((request, response) => {
  if (request.url === '/jwks') reads += 1;
  serve(request, response);
});
server.listen(port, '127.0.0.1', () => console.log(JSON.stringify({ ready: true })));
for await (const line of readline.createInterface({ input: process.stdin })) console.log(JSON.stringify(await answer(JSON.parse(line))));
process.exit(0);
