// embed.mjs DIST OUT: writes OUT/web_assets.bin (all files, as they are and gzipped, one after the other)
// and OUT/web_assets.inc (one C++ row a file). The same DIST gives the same bytes.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const kTypes = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

function* walk(dir, prefix = '') {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(join(dir, entry.name), path);
    else yield path;
  }
}

const [dist, out] = process.argv.slice(2);
const chunks = [];
let size = 0;
const place = (bytes) => {
  const offset = size;
  chunks.push(bytes);
  size += bytes.length;
  return `${offset}, ${bytes.length}`;
};

let rows = '';
const byBytes = (a, b) => (a < b ? -1 : 1);
for (const path of [...walk(dist)].sort(byBytes)) {
  const type = kTypes[extname(path)];
  if (!type) throw new Error(`${path}: no content type is known for it`);
  const identity = readFileSync(join(dist, path));
  const gzip = gzipSync(identity, { level: 9 });
  const digest = createHash('sha256').update(identity).digest('hex').slice(0, 32);
  const smaller = gzip.length < identity.length ? gzip : Buffer.alloc(0);
  const immutable = /^\/assets\/.*-[\w-]{8}\.\w+$/.test(path);
  rows += `{"${path}", "${type}", "\\"${digest}\\"", "\\"${digest}-gz\\"", ${place(identity)}, ${place(smaller)}, ${immutable}},\n`;
}
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'web_assets.bin'), Buffer.concat(chunks));
writeFileSync(join(out, 'web_assets.inc'), rows);
