/** A machine of its own for each test: a hub to ask, a cache to fill, and nothing of the real environment. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FsaEventBody } from '../../../src/events.js';
import { FsaError } from '../../../src/errors.js';
import type { TransferLimits } from '../../../src/net/limits.js';
import {
  download,
  type DownloadOptions,
  type DownloadSummary,
} from '../../../src/pipelines/download/download.js';
import { startHubServer, type HubServer } from '../../fixtures/hub-server.js';

/** Impatient, so that faults are got over within a test. */
export const QUICK: Partial<TransferLimits> = {
  stallMs: 700,
  firstBackoffMs: 5,
  longestBackoffMs: 40,
  attempts: 4,
  smallBytes: 100_000,
  partBytes: 128 * 1024,
  writeBytes: 16 * 1024,
};

type HomeOptions = DownloadOptions & { readonly signal?: AbortSignal };

export interface HubHome {
  readonly hub: HubServer;
  readonly folder: string;
  readonly cache: string;
  readonly events: FsaEventBody[];
  /** Downloads with the events collected. */
  get(options: HomeOptions, limits?: Partial<TransferLimits>): Promise<DownloadSummary>;
  /** What goes wrong, described as a user would see it. */
  fail(options: HomeOptions, limits?: Partial<TransferLimits>): Promise<FsaError>;
  read(path: string): Promise<Buffer>;
  close(): Promise<void>;
}

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_OFFLINE'];

export async function openHubHome(): Promise<HubHome> {
  const hub = await startHubServer();
  const folder = await mkdtemp(join(tmpdir(), 'fsa-hub-'));
  const cache = join(folder, 'hub');
  for (const name of VARIABLES) {
    Reflect.deleteProperty(process.env, name);
    Reflect.deleteProperty(process.env, name.toLowerCase());
  }
  Object.assign(process.env, environmentOf(hub, folder));
  const events: FsaEventBody[] = [];
  const get: HubHome['get'] = async ({ signal = new AbortController().signal, ...options }, limits = {}) => {
    const work = { emit: (event: FsaEventBody) => void events.push(event), signal };
    return await download({ cwd: folder, ...options }, work, { ...QUICK, ...limits });
  };
  return {
    hub,
    folder,
    cache,
    events,
    get,
    fail: async (options, limits) => {
      try {
        await get(options, limits);
      } catch (thrown) {
        if (thrown instanceof FsaError) return thrown;
        throw thrown;
      }
      throw new Error('the download succeeded');
    },
    read: async (path) => await readFile(join(folder, path)),
    close: async () => {
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a process needs to see the same machine. */
export function environmentOf(hub: HubServer, folder: string): Record<string, string> {
  return {
    HF_ENDPOINT: hub.url,
    FSA_BENCHMARK_URL: hub.url,
    HF_HOME: folder,
    HF_HUB_CACHE: join(folder, 'hub'),
    FSA_CACHE: join(folder, 'fsa'),
  };
}

/** Bytes that no two places of a file share, the same each time. */
export function makeBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
