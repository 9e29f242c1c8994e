// Writes a .gz and a .br beside every text file of dist, so that the server
// sends compressed bytes without compressing anything itself.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = new URL('../dist/', import.meta.url).pathname;
const text = /\.(js|css|html|svg|json)$/;

function walk(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) {
      walk(path);
      continue;
    }
    if (!text.test(name)) continue;
    const body = readFileSync(path);
    if (body.length < 1024) continue; // a packet is a packet
    writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }));
    // Quality 9 is within 3 % of 11 and ten times quicker.
    writeFileSync(`${path}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
  }
}

walk(root);
