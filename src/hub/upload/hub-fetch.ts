/** The hub's own client asks through ours: proxies, time limits, and a token that goes to the hub and nowhere else. */
import { FsaError } from '../../errors.js';
import { persist, readAskedWait, TransientError } from '../../net/retry.js';
import type { OpenConnection } from '../api/connection.js';

/**
 * A `fetch` for @huggingface/hub, which tries nothing again by itself: this one does, request by request. A commit
 * names its parent, so it cannot be made twice.
 */
export function fetchThrough(connection: OpenConnection): typeof fetch {
  const ask = askOnce(connection);
  return async (address, options) =>
    await persist(async () => {
      const answer = await ask(address, options);
      const { status, headers } = answer;
      if (status !== 408 && status !== 429 && status < 500) return answer;
      const asked = readAskedWait(Object.fromEntries(headers), Date.now());
      throw new TransientError(`The hub has trouble (${status})`, connection.settings.endpoint, asked);
    }, connection);
}

/**
 * What the system may hold of a file after the last of it was handed over, and the slowest line that is waited for:
 * a server can answer only when it has all of it.
 */
const HELD_BYTES = 4 * 2 ** 20;
const SLOWEST_BYTES_PER_SECOND = 32 * 2 ** 10;

function askOnce({ client, signal, limits }: OpenConnection): typeof fetch {
  return async (address, options = {}) => {
    const url = address instanceof Request ? address.url : String(address);
    const headers = Object.fromEntries(new Headers(options.headers ?? {}));
    const method = options.method ?? 'GET';
    const asked = method === 'GET' || method === 'HEAD';
    const both = options.signal == null ? signal : AbortSignal.any([signal, options.signal]);
    const response = asked
      ? await client.get(url, { signal: both, headers })
      : await client.send(url, {
          method: method as 'POST' | 'PUT',
          signal: both,
          headers: { ...headers, ...lengthOf(options.body) },
          body: bodyOf(options.body),
          answerMs: limits.stallMs + (heldBytes(options.body) / SLOWEST_BYTES_PER_SECOND) * 1000,
        });
    const chunks: Buffer[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    const content = Buffer.concat(chunks);
    const { status } = response;
    return new Response(status === 204 || status === 304 ? null : content, {
      status,
      headers: response.headers,
    });
  };
}

/** A file goes out as it is read, so its length has to be said. */
function lengthOf(body: RequestInit['body']): Record<string, string> {
  return body instanceof Blob ? { 'content-length': String(body.size) } : {};
}

function heldBytes(body: RequestInit['body']): number {
  const bytes = body instanceof Blob ? body.size : typeof body === 'string' ? body.length : 0;
  return Math.min(bytes, HELD_BYTES);
}

/** @throws FsaError STORAGE where the file is gone or has become shorter: no second try helps */
async function* readWhole(blob: Blob): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  const failed = (cause?: unknown): FsaError =>
    new FsaError('STORAGE', 'A file could not be read to its end while it was sent.', { cause });
  try {
    for await (const chunk of blob.stream() as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (cause) {
    throw failed(cause);
  }
  if (bytes !== blob.size) throw failed();
}

function bodyOf(body: RequestInit['body']): string | Uint8Array | AsyncIterable<Uint8Array> {
  if (body == null) return '';
  if (typeof body === 'string') return body;
  if (body instanceof Blob) return readWhole(body);
  if (body instanceof ReadableStream) return body as ReadableStream<Uint8Array>;
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new TypeError('A body of this kind is not sent.');
}
