// Servers that write down what reaches them: a plain static host of the page, as anybody may rent one, and a stranger that nobody should ever ask.

import { createSocket } from 'node:dgram';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { root } from './harness.mjs';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json', '.svg': 'image/svg+xml', '.webmanifest': 'application/manifest+json', '.txt': 'text/plain', '.csv': 'text/csv' };

/** @typedef {{method: string, url: string, headers: string, body: Buffer}} Received */

/** @param {import('node:http').IncomingMessage} request @returns {Promise<Received>} */
async function received(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return { method: request.method ?? '', url: request.url ?? '', headers: request.rawHeaders.join('\n'), body: Buffer.concat(parts) };
}

/**
 * A test that fails leaves its server open: that must not keep the run from ending.
 * @param {import('node:http').Server} server
 * @returns {Promise<number>} its port
 */
const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(/** @type {any} */ (server.address()).port)).unref());

/**
 * A host that sends files below a sub-path, with no header of ours.
 * @param {object} [options]
 * @param {string} [options.folder]
 * @param {string} [options.prefix]
 * @param {(path: string, bytes: Buffer) => Buffer} [options.edit] changes what is sent
 * @param {(path: string, bytes: Buffer, request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => boolean} [options.send] answers by
 *   itself where it says so
 */
export async function staticHost({ folder = join(root, 'dist'), prefix = '/sub/path/', edit, send } = {}) {
  /** @type {Received[]} */
  const seen = [];
  const state = { folder, edit };
  const server = createServer(async (request, response) => {
    seen.push(await received(request));
    const path = decodeURIComponent((request.url ?? '').split('?')[0]);
    const file = join(state.folder, normalize(path.slice(prefix.length)) || '.');
    try {
      if (!path.startsWith(prefix)) throw new Error('elsewhere');
      const at = (await stat(file)).isDirectory() ? join(file, 'index.html') : file;
      const bytes = await readFile(at);
      if (send?.(path.slice(prefix.length), bytes, request, response)) return;
      response.writeHead(200, { 'Content-Type': TYPES[extname(at)] ?? 'application/octet-stream', 'Cache-Control': 'max-age=600' });
      response.end(state.edit ? state.edit(path.slice(prefix.length) || 'index.html', bytes) : bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  const port = await listen(server);
  return {
    url: `http://localhost:${port}${prefix}`,
    seen,
    state,
    close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  };
}

/** An address of this machine that is not loopback: browsers send no WebRTC to that. */
const outer = () => Object.values(networkInterfaces()).flat().find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? null;

/** Another site: answers everything with everything that is asked for, and notes each request, connection and datagram. */
export async function stranger() {
  /** Paths that were asked for; `connection` for each one that was opened; `datagram`. @type {string[]} */
  const hits = [];
  const server = createServer((request, response) => {
    hits.push(request.url ?? '');
    const type = { '.js': 'text/javascript', '.css': 'text/css', '.png': 'image/png', '.html': 'text/html' }[extname((request.url ?? '').split('?')[0])] ?? 'text/plain';
    response.writeHead(200, { 'Content-Type': type, 'Access-Control-Allow-Origin': request.headers.origin ?? '*', 'Access-Control-Allow-Credentials': 'true', 'Access-Control-Allow-Headers': 'content-type', 'Cross-Origin-Resource-Policy': 'cross-origin' });
    response.end();
  });
  server.on('connection', () => hits.push('connection'));
  server.on('upgrade', (request, socket) => {
    hits.push(request.url ?? '');
    socket.destroy();
  });
  const port = await listen(server);
  const socket = createSocket('udp4').unref();
  socket.on('message', () => hits.push('datagram'));
  await new Promise((resolve) => socket.bind(0, () => resolve(undefined)));
  return {
    url: `http://127.0.0.1:${port}`,
    stun: `stun:${outer() ?? '127.0.0.1'}:${socket.address().port}`,
    hits,
    close: () => new Promise((resolve) => (socket.close(), server.close(resolve), server.closeAllConnections())),
  };
}
