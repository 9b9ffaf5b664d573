/** What the hub says is in a repository. Answers are untrusted: every field is checked. */
import { datasetInfo, listFiles, modelInfo } from '@huggingface/hub';
import { z } from 'zod';
import { FsaError } from '../../errors.js';
import type { HttpClient, HttpResponse } from '../../net/client.js';
import type { Digest } from './digest.js';
import type { TransferLimits } from '../../net/limits.js';
import { refusalOf, type Asked } from './refusals.js';
import { isCommit, pageUrl, type Repository } from './repository.js';
import { steadyBody } from '../../net/steady-body.js';
import { persist, TransientError, type Pace } from '../../net/retry.js';
import type { HubSettings } from './settings.js';

export interface RemoteFile {
  readonly path: string;
  readonly bytes: number;
  readonly digest: Digest;
  /** Git's own id of the entry; differs from the digest for large files. */
  readonly gitId: string;
  /** Name of the content in the hub's newer store; only passed on to Python's client. */
  readonly xetHash: string | null;
}

/** What talking to the hub needs. */
export interface HubConnection {
  readonly settings: HubSettings;
  readonly client: HttpClient;
  readonly pace: Pace;
  readonly limits: TransferLimits;
  readonly signal: AbortSignal;
}

const PAGE_BYTES = 16 * 2 ** 20;
const MOST_ENTRIES = 200_000;
const MOST_PAGES = 500;

const size = z.int().min(0);
const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size,
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size }).optional(),
  xetHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .catch(undefined),
});

/** The commit that a branch or tag points to now. */
export async function resolveCommit(
  repository: Repository,
  revision: string,
  hub: HubConnection,
): Promise<string> {
  if (isCommit(revision)) return revision;
  const { kind, id: name } = repository;
  const { endpoint: hubUrl } = hub.settings;
  const fetch = fetchOf(repository, revision, hub);
  const info = await readAnswer(repository, hub, async () =>
    kind === 'model'
      ? await modelInfo({ name, revision, hubUrl, fetch, additionalFields: ['sha'] })
      : await datasetInfo({ name, revision, hubUrl, fetch, additionalFields: ['sha'] }),
  );
  if (typeof info.sha === 'string' && isCommit(info.sha)) return info.sha;
  throw badAnswer(repository, hub, 'it names no commit');
}

/** All files of a repository at a commit. */
export async function listRepository(
  repository: Repository,
  commit: string,
  hub: HubConnection,
): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  let entries = 0;
  const fetch = fetchOf(repository, commit, hub, MOST_PAGES);
  const repo = { type: repository.kind, name: repository.id } as const;
  const { endpoint: hubUrl } = hub.settings;
  await readAnswer(repository, hub, async () => {
    for await (const entry of listFiles({ repo, revision: commit, recursive: true, hubUrl, fetch })) {
      entries += 1;
      if (entries > MOST_ENTRIES)
        throw new SyntaxError(`it lists more than ${MOST_ENTRIES} files and folders`);
      if (entry.type === 'file') files.push(toRemoteFile(entry));
    }
  });
  return files;
}

function toRemoteFile(entry: unknown): RemoteFile {
  const { path, size: bytes, oid, lfs, xetHash } = entrySchema.parse(entry);
  return {
    path,
    bytes: lfs?.size ?? bytes,
    digest: lfs === undefined ? { algorithm: 'git-sha1', hex: oid } : { algorithm: 'sha256', hex: lfs.oid },
    gitId: oid,
    xetHash: xetHash ?? null,
  };
}

/** A `fetch` for the library, made of our client: it retries, keeps limits, and guards the token. */
function fetchOf(repository: Repository, revision: string, hub: HubConnection, mostPages = 1): typeof fetch {
  const asked: Asked = {
    name: `${repository.kind} ${repository.id}`,
    revision,
    page: pageUrl(hub.settings.endpoint, repository),
    hasToken: hub.settings.token !== null,
  };
  let pages = 0;
  return async (input) => {
    pages += 1;
    if (pages > mostPages) throw new SyntaxError(`it goes on after ${mostPages} pages`);
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    return await persist(async () => {
      const response = await hub.client.get(url, { signal: hub.signal });
      if (response.status !== 200) {
        response.discard();
        throw refusalOf(response, asked);
      }
      return asFetchResponse(await readText(response, hub.limits), response);
    }, hub);
  };
}

/**
 * As much of a `Response` as the library looks at for a good answer. The real one would load Node's own
 * copy of undici, a tenth of a second for nothing.
 */
function asFetchResponse(text: string, { status, headers, url }: HttpResponse): Response {
  const found = {
    ok: true,
    status,
    url,
    headers: { get: (name: string) => headers[name.toLowerCase()] ?? null },
    text: async () => await Promise.resolve(text),
    json: async () => await Promise.resolve(JSON.parse(text) as unknown),
  };
  return found as unknown as Response;
}

async function readText(response: HttpResponse, limits: TransferLimits): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of steadyBody(response, limits)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > PAGE_BYTES) {
      response.discard();
      throw new FsaError('DOWNLOAD', 'A listing of the hub is larger than any listing should be.', {
        where: response.url,
      });
    }
  }
  const announced = response.headers['content-length'];
  if (announced !== undefined && Number(announced) !== bytes) {
    throw new TransientError('A listing of the hub was cut short', response.url);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Runs what the library does with an answer; what it makes of nonsense is told as the hub's mistake. */
async function readAnswer<T>(repository: Repository, hub: HubConnection, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    const nonsense =
      thrown instanceof SyntaxError || thrown instanceof TypeError || thrown instanceof z.ZodError;
    if (!nonsense) throw thrown;
    const detail = thrown instanceof z.ZodError ? z.prettifyError(thrown) : thrown.message;
    throw badAnswer(repository, hub, detail);
  }
}

function badAnswer(repository: Repository, hub: HubConnection, detail: string): FsaError {
  return new FsaError('DOWNLOAD', `The answer about ${repository.id} is not one of the hub's: ${detail}.`, {
    where: pageUrl(hub.settings.endpoint, repository),
    advice: 'Check HF_ENDPOINT and the proxy: something else may be answering.',
  });
}
