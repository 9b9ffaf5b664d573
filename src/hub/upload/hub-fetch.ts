/** The hub's own client asks through ours: proxies, time limits, and a token that goes to the hub and nowhere else. */
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

function askOnce({ client, signal }: OpenConnection): typeof fetch {
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

function bodyOf(body: RequestInit['body']): string | Uint8Array | AsyncIterable<Uint8Array> {
  if (body == null) return '';
  if (typeof body === 'string') return body;
  if (body instanceof Blob) return body.stream();
  if (body instanceof ReadableStream) return body as ReadableStream<Uint8Array>;
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new TypeError('A body of this kind is not sent.');
}
