/** Requests to a tracker's server: every answer is read, a refusal becomes a sentence. */
import { readProxies } from '../config/environment.js';
import { FsaError } from '../errors.js';
import { openClient, type HttpClient, type HttpResponse, type SendOptions } from '../net/client.js';
import { TransientError } from '../net/retry.js';

/** As long as MLflow's own client waits: a loaded server takes its time. A run's end does not wait for it. */
const LIMITS = { stallMs: 120_000, connectMs: 5000, redirects: 0 };
/** Longer answers of a server are not an answer to anything asked here. */
const LONGEST_ANSWER_BYTES = 8 * 2 ** 20;

export interface TrackerAnswer {
  readonly status: number;
  readonly text: string;
}

export class TrackerHttp {
  readonly #client: HttpClient;

  /** @param headers sent with each request: authorization */
  constructor(
    private readonly endpoint: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {
    const settings = {
      endpoint,
      token: null,
      proxy: readProxies(),
      errorCode: 'API' as const,
      addressName: '--track',
    };
    this.#client = openClient(settings, LIMITS);
  }

  /**
   * One request; any status below 500 but 429 is an answer.
   * @throws TransientError where trying again may help
   */
  async send(path: string, options: Omit<SendOptions, 'anonymous'>): Promise<TrackerAnswer> {
    const headers = { ...this.headers, ...options.headers };
    return await readAnswer(await this.#client.send(`${this.endpoint}${path}`, { ...options, headers }));
  }

  /** As `send`. */
  async get(path: string, signal: AbortSignal): Promise<TrackerAnswer> {
    return await readAnswer(
      await this.#client.get(`${this.endpoint}${path}`, { signal, headers: this.headers }),
    );
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

async function readAnswer({ status, url, body }: HttpResponse): Promise<TrackerAnswer> {
  const text = await readText(body);
  if (status === 429 || status >= 500)
    throw new TransientError(`The server answers with status ${status}`, url);
  return { status, text };
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > LONGEST_ANSWER_BYTES) throw new FsaError('API', 'The answer of the server is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
