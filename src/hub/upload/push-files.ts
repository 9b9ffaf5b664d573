/** One commit on the hub: everything that is sent goes in together or not at all. */
import { pathToFileURL } from 'node:url';
import type { CommitFile } from '@huggingface/hub';
import type { Emit } from '../../events.js';
import { FsaError, isFsaError } from '../../errors.js';
import { DEFAULT_LIMITS, type TransferLimits } from '../../net/limits.js';
import { openConnection, type OpenConnection } from '../api/connection.js';
import { pageUrl, type Repository } from '../api/repository.js';
import { readHubSettings } from '../api/settings.js';
import { fetchThrough } from './hub-fetch.js';

/** A file of the commit: one that lies on the disk, or text made for the hub. */
export type PushedFile =
  | { readonly path: string; readonly bytes: number; readonly source: string }
  | { readonly path: string; readonly bytes: number; readonly text: string };

export interface PushRequest {
  readonly repository: Repository;
  readonly files: readonly PushedFile[];
  readonly message: string;
  /** Of a repository that is made for this. */
  readonly private: boolean;
  /** README.md as it goes up: the hub checks it before anything is sent. */
  readonly card: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly limits?: Partial<TransferLimits>;
}

export interface Pushed {
  readonly commit: string;
  /** The page a person opens. */
  readonly page: string;
}

/**
 * Makes the repository where it is missing, and commits on top of what it holds.
 * @throws FsaError USAGE without a token, DOWNLOAD where the hub refuses; nothing is half-written
 */
export async function pushFiles(request: PushRequest): Promise<Pushed> {
  const settings = requireToken();
  const limits = { ...DEFAULT_LIMITS, ...request.limits };
  const connection = openConnection(settings, limits, request.emit, request.signal);
  try {
    return await new Push(request, connection).carryOut();
  } finally {
    await connection.close();
  }
}

/** @throws FsaError USAGE without a token */
export function requireToken(): ReturnType<typeof readHubSettings> {
  const settings = readHubSettings();
  if (settings.token !== null) return settings;
  throw new FsaError('USAGE', 'Pushing needs an access token, and there is none.', {
    advice: 'Set HF_TOKEN to a token that may write, or run `hf auth login`.',
  });
}

class Push {
  readonly #fetch: typeof fetch;
  readonly #endpoint: string;

  constructor(
    private readonly request: PushRequest,
    connection: OpenConnection,
  ) {
    this.#fetch = fetchThrough(connection);
    this.#endpoint = connection.settings.endpoint;
  }

  async carryOut(): Promise<Pushed> {
    const { repository, card } = this.request;
    await this.#try(async () => await this.#checkCard(card));
    await this.#try(async () => await this.#create());
    const parent = await this.#try(async () => await this.#head());
    const commit = await this.#try(async () => await this.#commit(parent));
    return { commit, page: pageUrl(this.#endpoint, repository) };
  }

  async #try<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      throw this.#explain(error);
    }
  }

  async #checkCard(content: string): Promise<void> {
    const answer = await this.#post('/api/validate-yaml', { repoType: 'model', content });
    const { errors = [] } = (await answer.json()) as { errors?: readonly { message: string }[] };
    if (errors.length === 0) return;
    throw new FsaError('DOWNLOAD', 'The hub refuses the model card.', {
      where: 'README.md',
      problems: errors.map(({ message }) => message),
      advice: 'See the card with `fsa card` and give other values for --license and --language.',
    });
  }

  async #create(): Promise<void> {
    const [organization, name] = this.request.repository.id.split('/');
    const body = { type: 'model', name, organization, private: this.request.private };
    // 409: it is there already, which is as good.
    await this.#post('/api/repos/create', body, [409]);
  }

  async #head(): Promise<string> {
    const { id } = this.request.repository;
    const answer = await this.#fetch(`${this.#endpoint}/api/models/${id}/revision/main`);
    if (!answer.ok) throw new HubStatus(answer.status, await answer.text());
    return ((await answer.json()) as { sha: string }).sha;
  }

  async #commit(parentCommit: string): Promise<string> {
    const { repository, files, message, emit, signal } = this.request;
    const { commitIter } = await import('@huggingface/hub');
    const operations = files.map(
      (file): CommitFile => ({
        operation: 'addOrUpdate',
        path: file.path,
        content: 'text' in file ? new Blob([file.text]) : pathToFileURL(file.source),
      }),
    );
    const steps = commitIter({
      repo: { type: 'model', name: repository.id },
      title: message,
      operations,
      parentCommit,
      hubUrl: this.#endpoint,
      fetch: this.#fetch,
      abortSignal: signal,
      useXet: false,
    });
    for (;;) {
      const { done, value } = await steps.next();
      if (done === true) {
        if (value === undefined) throw new FsaError('BUG', 'The hub gave no commit.', {});
        return value.commit.oid;
      }
      if (value.event === 'phase')
        emit({ type: 'setup-step', step: PHASES[value.phase], state: 'started', detail: null });
    }
  }

  async #post(path: string, body: object, fine: readonly number[] = []): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await this.#fetch(this.#endpoint + path, init);
    if (!answer.ok && !fine.includes(answer.status)) throw new HubStatus(answer.status, await answer.text());
    return answer;
  }

  /** What the hub's status means for whoever pushes. */
  #explain(error: unknown): Error {
    if (isFsaError(error)) return error;
    const status = (error as { statusCode?: unknown }).statusCode;
    if (typeof status !== 'number') return error as Error;
    const where = this.#endpoint;
    const { id } = this.request.repository;
    const [what, advice] = REFUSALS[status] ?? [
      `The hub refuses the name ${id} or what is sent to it (${status}).`,
      'Check --repo owner/name; the hub says more on its page.',
    ];
    return new FsaError('DOWNLOAD', what.replace('{id}', id), { where, advice, cause: error });
  }
}

const PHASES = {
  preuploading: 'asking what to send',
  uploadingLargeFiles: 'sending large files',
  committing: 'committing',
} as const;

const REFUSALS: Readonly<Record<number, readonly [string, string]>> = {
  401: ['The hub does not know the access token (401).', 'Set HF_TOKEN to a valid one that may write.'],
  403: [
    'The access token may not write to {id} (403).',
    'Take a token with write access, and an owner that it belongs to.',
  ],
  404: ['{id} is not there, or the token may not see it (404).', 'Check --repo owner/name and the token.'],
  412: [
    'Somebody else has committed to {id} meanwhile (412): nothing was changed.',
    'Look at what they did, and push again.',
  ],
};

/** An answer other than "done", as the hub's own client throws it. */
class HubStatus extends Error {
  constructor(
    readonly statusCode: number,
    body: string,
  ) {
    super(body.slice(0, 500));
  }
}
