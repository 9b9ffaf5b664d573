/**
 * The one place from which requests leave: proxies, redirects, time limits, and the token, which goes to
 * the server's own origin and to no other.
 */
import { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import { FsaError, isFsaError } from '../errors.js';
import { openDispatcher } from './dispatcher.js';
import { networkFailure, printableUrl } from './failures.js';
import type { ConnectionLimits } from './limits.js';
import type { ClientSettings } from './settings.js';

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from in the end, fit for a message: no query, which may hold a signature. */
  readonly url: string;
  readonly body: AsyncIterable<Buffer>;
  /** Gives the connection up where the body is not wanted. */
  discard(): void;
}

export interface HttpClient {
  /**
   * One GET, redirects followed; any status is an answer.
   * @throws TransientError when the network failed
   */
  get(url: string, options: GetOptions): Promise<HttpResponse>;
  /**
   * One request with a body. Redirects are answers, too: a body is never sent to a place nobody named.
   * @throws TransientError when the network failed; the server may have done the work all the same
   */
  send(url: string, options: SendOptions): Promise<HttpResponse>;
  close(): Promise<void>;
}

interface RequestOptions {
  readonly signal: AbortSignal;
  /** Send no token, wherever it goes. */
  readonly anonymous?: boolean;
}

export interface GetOptions extends RequestOptions {
  /** First and last byte wanted. */
  readonly range?: readonly [number, number];
  /** Lower-case names; sent to the address asked only, never on to another. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SendOptions extends RequestOptions {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Lower-case names; `content-length` where a streamed body's length is known. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Longer than usual to wait for an answer, in milliseconds, once the last bytes are on their way. */
  readonly answerMs?: number;
  /**
   * Text, bytes, or bytes as they come: a stream is read as fast as the server takes it. An `FsaError` that
   * reading it throws comes through.
   */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** Opens connections only when asked; `close` leaves none behind. */
export function openClient(settings: ClientSettings, limits: ConnectionLimits): HttpClient {
  const dispatcher = openDispatcher(settings, limits);
  const context = { settings, limits, dispatcher, hasAnswered: false };
  return {
    get: async (address, options) => await getFollowing(address, options, context),
    send: async (address, { method, headers, body, signal, anonymous, answerMs }) => {
      const url = new URL(address);
      const all = { ...baseHeaders(url, settings, anonymous), ...headers };
      return await ask(url, { method, headers: all, body: bodyToSend(body), signal, answerMs }, context);
    },
    close: () => dispatcher.destroy(),
  };
}

interface ClientContext {
  readonly settings: ClientSettings;
  readonly limits: ConnectionLimits;
  readonly dispatcher: Dispatcher;
  /** Whether any server has answered: a refused connection is final until then. */
  hasAnswered: boolean;
}

async function getFollowing(
  address: string,
  { signal, range, headers: own, anonymous }: GetOptions,
  context: ClientContext,
): Promise<HttpResponse> {
  const { settings, limits } = context;
  let url = new URL(address);
  for (let hop = 0; hop <= limits.redirects; hop += 1) {
    const headers = { ...baseHeaders(url, settings, anonymous), ...(hop === 0 ? own : {}) };
    if (range !== undefined) headers['range'] = `bytes=${range[0]}-${range[1]}`;
    const response = await ask(url, { method: 'GET', headers, body: null, signal }, context);
    const location = response.headers['location'];
    if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) return response;
    response.discard();
    url = follow(url, location, settings);
  }
  throw new FsaError(settings.errorCode, 'The server sends in circles: too many redirects.', {
    where: printableUrl(url),
    advice: `Check ${settings.addressName} and the proxy.`,
  });
}

function baseHeaders(url: URL, settings: ClientSettings, anonymous = false): Record<string, string> {
  const headers: Record<string, string> = {
    'user-agent': 'fsa',
    accept: '*/*',
    // Ranges and digests are about the file's own bytes.
    'accept-encoding': 'identity',
  };
  if (settings.token !== null && !anonymous && url.origin === new URL(settings.endpoint).origin) {
    headers['authorization'] = `Bearer ${settings.token.reveal()}`;
  }
  return headers;
}

const bodyToSend = (body: SendOptions['body']): string | Uint8Array | Readable | null =>
  body === undefined
    ? null
    : typeof body === 'string' || body instanceof Uint8Array
      ? body
      : Readable.from(body);

interface OneRequest {
  readonly method: 'GET' | SendOptions['method'];
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | Readable | null;
  readonly signal: AbortSignal;
  readonly answerMs?: number | undefined;
}

async function ask(
  url: URL,
  { method, headers, body, signal, answerMs }: OneRequest,
  context: ClientContext,
): Promise<HttpResponse> {
  const { settings, limits, dispatcher } = context;
  const failed = (cause: unknown): Error => networkFailure(cause, url, settings, context.hasAnswered);
  let answer: Dispatcher.ResponseData;
  try {
    answer = await request(url, {
      method,
      dispatcher,
      headers,
      body,
      signal,
      headersTimeout: Math.max(limits.stallMs, answerMs ?? 0),
      bodyTimeout: limits.stallMs,
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw isFsaError(cause) ? cause : failed(cause);
  }
  context.hasAnswered = true;
  const incoming = answer.body;
  return {
    status: answer.statusCode,
    headers: flattenHeaders(answer.headers),
    url: printableUrl(url),
    body: readBody(incoming, signal, failed),
    discard: () => {
      incoming.on('error', () => undefined);
      incoming.destroy();
    },
  };
}

function flattenHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

async function* readBody(
  body: AsyncIterable<Buffer>,
  signal: AbortSignal,
  failed: (cause: unknown) => Error,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (cause) {
    signal.throwIfAborted();
    throw failed(cause);
  }
}

function follow(from: URL, location: string, { errorCode, addressName }: ClientSettings): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (to === null || !/^https?:$/.test(to.protocol)) {
    throw new FsaError(errorCode, 'The server redirects to an address that cannot be asked.', {
      where: printableUrl(from),
    });
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new FsaError(errorCode, 'The server redirects from an encrypted to a plain connection.', {
      where: printableUrl(from),
      advice: `Check ${addressName} and the proxy: nothing was fetched over the plain connection.`,
    });
  }
  return to;
}
