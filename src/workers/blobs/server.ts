/**
 * Files to and from workers that do not see this machine's disk, over HTTPS, each under its SHA-256. It runs in a
 * thread of its own (thread.ts): gigabytes must not delay the heartbeats.
 *
 *   GET   /blobs/<sha256>     an input of a job; Range goes on where a transfer was cut
 *   GET   /folders?path=…     names and digests of the files below a folder that the job writes
 *   HEAD  /uploads/<sha256>   how much of a file is here (`upload-offset`), or that all of it is (`upload-complete`)
 *   PATCH /uploads/<sha256>   its next piece, from `upload-offset`; `upload-length` is that of the whole file
 *   PUT   /folders            puts files in their place
 *   POST  /log                what a worker printed, from `upload-offset`
 */
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hashFile, listFiles } from '../../storage/digest.js';
import type { Certificate } from './certificate.js';
import { type Guest, mayWrite, Shelf } from './shelf.js';
import { placingSchema, Refusal, Uploads } from './uploads.js';
import { makeFolder } from '../../storage/make-folder.js';

const PIECE_BYTES = 2 ** 20;
const LARGEST_TEXT_BYTES = 4 * 2 ** 20;
/** A worker's log is kept up to here. */
const LARGEST_LOG_BYTES = 5_000_000;
const MOST_CONNECTIONS = 4096;

export interface BlobServerOptions {
  readonly address: string;
  /** null takes a free one. */
  readonly port: number | null;
  readonly certificate: Pick<Certificate, 'key' | 'certificate'>;
  /** For uploads that have not found their place yet. */
  readonly folder: string;
}

export interface BlobServer {
  readonly port: number;
  readonly shelf: Shelf;
  readonly close: () => Promise<void>;
}

export async function openBlobServer(options: BlobServerOptions): Promise<BlobServer> {
  const shelf = new Shelf();
  const uploads = new Uploads(options.folder, shelf);
  const { key, certificate } = options.certificate;
  const server = createServer({ key, cert: certificate, minVersion: 'TLSv1.2' }, (request, response) => {
    void answer(request, response, { shelf, uploads });
  });
  // A transfer may take hours; a connection that asks for nothing may not.
  server.requestTimeout = 0;
  server.headersTimeout = 20_000;
  server.keepAliveTimeout = 60_000;
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(options.port ?? 0, options.address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    shelf,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await uploads.clear();
    },
  };
}

interface Room {
  readonly shelf: Shelf;
  readonly uploads: Uploads;
}

async function answer(request: IncomingMessage, response: ServerResponse, room: Room): Promise<void> {
  try {
    const guest = room.shelf.guestOf(request.headers.authorization);
    if (guest === null) throw new Refusal(401, 'this token opens nothing (any more)');
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://fsa');
    const digest = /^\/(?:blobs|uploads)\/([0-9a-f]{64})$/.exec(pathname)?.[1];
    const verb = `${request.method ?? ''} ${digest === undefined ? pathname : (pathname.split('/')[1] ?? '')}`;
    await serve(verb, {
      guest,
      digest: digest ?? '',
      path: searchParams.get('path') ?? '',
      request,
      response,
      ...room,
    });
  } catch (error) {
    refuse(request, response, error);
  }
}

interface Call extends Room {
  readonly guest: Guest;
  readonly digest: string;
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve(verb: string, call: Call): Promise<void> {
  const { guest, digest, path, request, response, uploads } = call;
  switch (verb) {
    case 'GET blobs':
      await give(call);
      return;
    case 'GET /folders':
      say(response, 200, JSON.stringify({ files: await filesBelow(call, path) }));
      return;
    case 'HEAD uploads': {
      const offset = await uploads.offsetOf(guest, digest);
      response.setHeader(offset === null ? 'upload-complete' : 'upload-offset', offset ?? 1);
      say(response, 200);
      return;
    }
    case 'PATCH uploads': {
      const at = { offset: numberIn(request, 'upload-offset'), length: numberIn(request, 'upload-length') };
      response.setHeader('upload-offset', await uploads.take(guest, digest, at, request));
      say(response, 200);
      return;
    }
    case 'PUT /folders': {
      const placing = placingSchema.safeParse(await readJson(request));
      if (!placing.success) throw new Refusal(400, 'this is no list of files');
      await uploads.place(guest, placing.data);
      say(response, 200);
      return;
    }
    case 'POST /log':
      response.setHeader('upload-offset', await addToLog(guest, request));
      say(response, 200);
      return;
    default:
      throw new Refusal(404, 'there is nothing here');
  }
}

/** A file, or its rest. */
async function give({ shelf, digest, request, response }: Call): Promise<void> {
  const path = shelf.pathOf(digest);
  const found = path === null ? null : await stat(path).catch(() => null);
  if (path === null || found === null)
    throw new Refusal(404, `no file of SHA-256 ${digest.slice(0, 12)}… is offered`);
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start > found.size) throw new Refusal(416, 'the file ends before');
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': found.size - start,
    'content-type': 'application/octet-stream',
    ...(start > 0 ? { 'content-range': `bytes ${start}-${found.size - 1}/${found.size}` } : {}),
  });
  if (start === found.size) response.end();
  else await pipeline(createReadStream(path, { start, highWaterMark: PIECE_BYTES }), response);
}

/** Half-made ones, which begin with a dot, are left out. What is listed is offered from then on. */
async function filesBelow({ guest, shelf }: Call, path: string): Promise<{ name: string; sha256: string }[]> {
  if (!mayWrite(guest, path)) throw new Refusal(403, `the job does not read ${path}`);
  const names = await listFiles(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const files: { name: string; sha256: string }[] = [];
  for (const name of names) {
    if (name.split('/').some((part) => part.startsWith('.'))) continue;
    const sha256 = await hashFile(join(path, name));
    shelf.offer([{ sha256, path: join(path, name) }]);
    files.push({ name, sha256 });
  }
  return files;
}

async function addToLog({ logPath }: Guest, request: IncomingMessage): Promise<number> {
  await makeFolder(dirname(logPath));
  const before = (await stat(logPath).catch(() => null))?.size ?? 0;
  // A piece whose answer was lost comes again.
  if (numberIn(request, 'upload-offset') === before && before < LARGEST_LOG_BYTES)
    await pipeline(request, createWriteStream(logPath, { flags: 'a', mode: 0o600 }));
  else request.resume();
  return (await stat(logPath).catch(() => null))?.size ?? 0;
}

function numberIn(request: IncomingMessage, header: string): number {
  const value = Number(request.headers[header] ?? NaN);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Refusal(400, `${header} is missing`);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > LARGEST_TEXT_BYTES) throw new Refusal(413, 'that is too long');
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    return null;
  }
}

function say(response: ServerResponse, status: number, text = ''): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** What the worker did wrong is said to it; what went wrong here, too, as far as words go. */
function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const status = error instanceof Refusal ? error.status : 500;
  // What is still to come is not read to its end.
  response.setHeader('connection', 'close');
  say(response, status, error instanceof Error ? error.message : 'failed');
  request.resume();
}
