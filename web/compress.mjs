// After the build: a .br sibling for every text file under dist, so that the server never compresses at run time.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const root = new URL('./dist/', import.meta.url).pathname;

function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else yield path;
  }
}

for (const path of files(root)) {
  if (!/\.(js|css|html|svg|json)$/.test(path)) continue;
  const plain = readFileSync(path);
  const packed = brotliCompressSync(plain, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
  });
  writeFileSync(`${path}.br`, packed);
  console.log(`${path.slice(root.length).padEnd(44)} ${String(plain.length).padStart(8)} → ${packed.length}`);
}
