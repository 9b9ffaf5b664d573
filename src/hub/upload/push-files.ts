/** One commit on the hub: everything that is sent goes in together or not at all. */
import { pathToFileURL } from 'node:url';
import type { CommitFile } from '@huggingface/hub';
import type { Emit } from '../../events.js';
import { FsaError } from '../../errors.js';
import { DEFAULT_LIMITS, type TransferLimits } from '../../net/limits.js';
import { openConnection, type OpenConnection } from '../api/connection.js';
import { listRepository } from '../api/listing.js';
import { pageUrl, type Repository } from '../api/repository.js';
import { readHubSettings } from '../api/settings.js';
import { requireHubAnswer, requireStored } from './answers.js';
import { fetchThrough } from './hub-fetch.js';
import { explainRefusal, HubStatus } from './refusals.js';
import { areListed, requireSameBytes, requireUnchanged, type PushedFile } from './sent-files.js';

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
    private readonly connection: OpenConnection,
  ) {
    this.#endpoint = connection.settings.endpoint;
    this.#fetch = this.#guard(fetchThrough(connection));
  }

  async carryOut(): Promise<Pushed> {
    const { repository, card, files, signal } = this.request;
    await this.#try(async () => await this.#checkCard(card));
    await this.#try(async () => await this.#create());
    const parent = await this.#try(async () => await this.#head());
    try {
      const commit = await this.#try(async () => await this.#commit(parent));
      return { commit, page: pageUrl(this.#endpoint, repository) };
    } catch (error) {
      if (!signal.aborted) await requireUnchanged(files, error);
      throw error;
    }
  }

  async #try<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      const { token } = this.connection.settings;
      throw explainRefusal(error, { id: this.request.repository.id, endpoint: this.#endpoint, token });
    }
  }

  /** Looks at what leaves and at what comes back: the hub's client looks at neither. */
  #guard(ask: typeof fetch): typeof fetch {
    const hub = new URL(this.#endpoint).origin;
    return async (address, options) => {
      const url = new URL(address instanceof Request ? address.url : address);
      if (/\/commit\/main$/.test(url.pathname) && typeof options?.body === 'string')
        requireSameBytes(options.body, this.request.files);
      const answer = await ask(address, options);
      if (url.origin === hub) await requireHubAnswer(url, answer);
      else requireStored(url, answer);
      return answer;
    };
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

  /** The commit to stand on. @throws FsaError USAGE where what was to be private would be seen by all */
  async #head(): Promise<string> {
    const { repository } = this.request;
    const answer = await this.#fetch(`${this.#endpoint}/api/models/${repository.id}/revision/main`);
    if (!answer.ok) throw new HubStatus(answer.status, await answer.text());
    const { sha, private: hidden } = (await answer.json()) as { sha: string; private?: boolean };
    if (hidden !== false || !this.request.private) return sha;
    throw new FsaError('USAGE', `${repository.id} is there already, and is public: nothing was sent.`, {
      where: pageUrl(this.#endpoint, repository),
      advice: 'Make it private on its page, name another with --repo, or leave out --private.',
    });
  }

  /** A commit whose answer was lost is made again, and refused: then it is there already. */
  async #commit(parent: string): Promise<string> {
    try {
      return await this.#commitOn(parent);
    } catch (error) {
      if ((error as { statusCode?: unknown }).statusCode !== 412) throw error;
      const { repository, files } = this.request;
      const head = await this.#head();
      if (
        head !== parent &&
        (await areListed(files, await listRepository(repository, head, this.connection)))
      )
        return head;
      throw error;
    }
  }

  async #commitOn(parentCommit: string): Promise<string> {
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
}

const PHASES = {
  preuploading: 'asking what to send',
  uploadingLargeFiles: 'sending large files',
  committing: 'committing',
} as const;
