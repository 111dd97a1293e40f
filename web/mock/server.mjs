// A stand-in for `weir console`, for developing and testing the page alone: the API of docs/openapi.yaml over
// an imaginary fleet, the built page from dist/ under the console's own Content-Security-Policy.
//
//   node mock/server.mjs [--small | --empty] [--port 8480]      log in as admin / mock-password, or as new / one-time-word
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { api } from './api.mjs';

const args = process.argv.slice(2);
const port = Number(args[args.indexOf('--port') + 1] || 8480) || 8480;
const dist = process.env.WEIR_WEB_OUT ?? fileURLToPath(new URL('../dist', import.meta.url));
const handle = api(args.includes('--small') ? 'small' : args.includes('--empty') ? 'empty' : 'large');
const kTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const kPolicy =
  "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname.startsWith('/api/')) {
    let body = '';
    for await (const chunk of request) body += chunk;
    return handle(request, response, url, body);
  }
  let file = join(dist, normalize(url.pathname));
  if (!file.startsWith(dist) || !existsSync(file) || statSync(file).isDirectory())
    file = join(dist, 'index.html');
  response.writeHead(200, {
    'Content-Type': kTypes[extname(file)] ?? 'application/octet-stream',
    'Content-Security-Policy': kPolicy,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': file.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
  });
  createReadStream(file).pipe(response);
}).listen(port, '127.0.0.1', () => console.error(`mock console on http://localhost:${port}`));
