/**
 * The one place from which requests leave: proxies, redirects, time limits, and the token, which goes to
 * the hub's own origin and to no other.
 */
import { Agent, EnvHttpProxyAgent, request, type Dispatcher } from 'undici';
import { FsaError } from '../errors.js';
import type { TransferLimits } from './limits.js';
import { TransientError } from './retry.js';
import type { ClientSettings } from './settings.js';

export interface HubResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from in the end, fit for a message: no query, which may hold a signature. */
  readonly url: string;
  readonly body: AsyncIterable<Buffer>;
  /** Gives the connection up where the body is not wanted. */
  discard(): void;
}

export interface HubClient {
  /**
   * One GET, redirects followed; any status is an answer.
   * @throws TransientError when the network failed
   */
  get(url: string, options: GetOptions): Promise<HubResponse>;
  close(): Promise<void>;
}

export interface GetOptions {
  readonly signal: AbortSignal;
  /** First and last byte wanted. */
  readonly range?: readonly [number, number];
  /** Send no token, wherever it goes. */
  readonly anonymous?: boolean;
}

/** Opens connections only when asked; `close` leaves none behind. */
export function openClient(settings: ClientSettings, limits: TransferLimits): HubClient {
  const dispatcher = openDispatcher(settings, limits);
  const tokenOrigin = new URL(settings.endpoint).origin;
  return {
    async get(address, { signal, range, anonymous = false }) {
      let url = new URL(address);
      for (let hop = 0; hop <= limits.redirects; hop += 1) {
        const headers: Record<string, string> = {
          'user-agent': 'fsa',
          accept: '*/*',
          // Ranges and digests are about the file's own bytes.
          'accept-encoding': 'identity',
        };
        if (settings.token !== null && !anonymous && url.origin === tokenOrigin) {
          headers['authorization'] = `Bearer ${settings.token.reveal()}`;
        }
        if (range !== undefined) headers['range'] = `bytes=${range[0]}-${range[1]}`;
        const response = await ask(url, headers, dispatcher, signal, limits);
        const location = response.headers['location'];
        if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) return response;
        response.discard();
        url = follow(url, location);
      }
      throw new FsaError('DOWNLOAD', 'The server sends in circles: too many redirects.', {
        where: printableUrl(url),
        advice: 'Check HF_ENDPOINT and the proxy.',
      });
    },
    close: () => dispatcher.destroy(),
  };
}

/** An address without user, password and query, which may hold secrets. */
export const printableUrl = (url: URL): string => `${url.origin}${url.pathname}`;

function openDispatcher({ proxy }: ClientSettings, limits: TransferLimits): Dispatcher {
  const options: Agent.Options = { connect: { timeout: limits.connectMs } };
  if (proxy.http === null && proxy.https === null) return new Agent(options);
  try {
    return new EnvHttpProxyAgent({
      ...options,
      // Empty strings, not undefined: the agent would read the environment by itself.
      httpProxy: proxy.http ?? '',
      httpsProxy: proxy.https ?? '',
      noProxy: proxy.none ?? '',
    });
  } catch {
    // No cause: a proxy's address may hold a password.
    throw new FsaError('USAGE', 'The address of the proxy cannot be used.', {
      advice: 'Set HTTPS_PROXY and HTTP_PROXY to addresses such as http://proxy:3128.',
    });
  }
}

async function ask(
  url: URL,
  headers: Record<string, string>,
  dispatcher: Dispatcher,
  signal: AbortSignal,
  limits: TransferLimits,
): Promise<HubResponse> {
  let answer: Dispatcher.ResponseData;
  try {
    answer = await request(url, {
      dispatcher,
      headers,
      signal,
      headersTimeout: limits.stallMs,
      bodyTimeout: limits.stallMs,
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw networkFailure(cause, url, headers['authorization']);
  }
  const { body } = answer;
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    status: answer.statusCode,
    headers: flat,
    url: printableUrl(url),
    body: readBody(body, url, signal, headers['authorization']),
    discard: () => {
      body.on('error', () => undefined);
      body.destroy();
    },
  };
}

async function* readBody(
  body: AsyncIterable<Buffer>,
  url: URL,
  signal: AbortSignal,
  authorization: string | undefined,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (cause) {
    signal.throwIfAborted();
    throw networkFailure(cause, url, authorization);
  }
}

function follow(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (to === null || !/^https?:$/.test(to.protocol)) {
    throw new FsaError('DOWNLOAD', 'The server redirects to an address that cannot be asked.', {
      where: printableUrl(from),
    });
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new FsaError('DOWNLOAD', 'The server redirects from an encrypted to a plain connection.', {
      where: printableUrl(from),
      advice: 'Check HF_ENDPOINT and the proxy: nothing was fetched over the plain connection.',
    });
  }
  return to;
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|HOSTNAME_MISMATCH/;

/** What the network did, as a failure that may pass; a bad certificate does not pass. */
function networkFailure(cause: unknown, url: URL, authorization: string | undefined): Error {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const code = 'code' in error ? String(error.code) : error.name;
  const where = printableUrl(url);
  if (CERTIFICATE.test(code)) {
    return new FsaError('DOWNLOAD', `The identity of the server could not be confirmed (${code}).`, {
      where,
      advice: 'If a proxy here inspects connections, add its certificate with NODE_EXTRA_CA_CERTS.',
    });
  }
  const secret = authorization ?? '\u0000';
  return new TransientError(`${sentenceOf(code)} (${error.message.replaceAll(secret, '[hidden]')})`, where);
}

function sentenceOf(code: string): string {
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return 'The connection stalled';
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'The name of the server could not be found';
  if (code === 'ECONNREFUSED') return 'The server refuses connections';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'The server does not answer';
  return 'The connection broke';
}
