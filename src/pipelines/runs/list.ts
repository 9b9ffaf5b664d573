/** `fsa runs list`: the run folders below a folder, newest first. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FsaError, toFsaError } from '../../errors.js';
import type { RunInput } from '../../report/input.js';
import { listJobStates } from '../../runs/run-folder.js';
import type { RunFile } from '../../runs/types.js';
import type { Work } from '../run/run-handle.js';
import { readRunBriefly } from './read-run.js';

export interface ListRunsOptions {
  /** Folders to look in, also below; `runs` unless said otherwise. */
  readonly folders?: readonly string[];
  readonly cwd?: string;
}

export interface ListedRun {
  readonly name: string;
  readonly folder: string;
  readonly kind: RunFile['kind'];
  readonly createdAt: string;
  readonly fsaVersion: string;
  readonly device: string;
  readonly models: readonly string[];
  readonly datasets: readonly string[];
  /** Cells of an eval, jobs of another run. */
  readonly done: number;
  readonly planned: number;
}

export interface ListRunsResult {
  readonly runs: readonly ListedRun[];
  /** Folders with a run.json that cannot be read, and why. */
  readonly unreadable: readonly { readonly folder: string; readonly reason: string }[];
}

/** Runs may lie in folders of folders; a run's own folders are not looked into. */
const DEEPEST = 4;

/** @throws FsaError USAGE where a named folder is not there */
export async function listRuns(
  options: ListRunsOptions,
  { signal }: Pick<Work, 'signal'>,
): Promise<ListRunsResult> {
  const { folders = ['runs'], cwd = process.cwd() } = options;
  const runs: ListedRun[] = [];
  const unreadable: ListRunsResult['unreadable'][number][] = [];
  for (const folder of folders) {
    for await (const found of findRuns(resolve(cwd, folder), DEEPEST)) {
      signal.throwIfAborted();
      try {
        runs.push(await describe(await readRunBriefly(found, cwd), found));
      } catch (error) {
        unreadable.push({ folder: found, reason: toFsaError(error).message });
      }
    }
  }
  return { runs: runs.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)), unreadable };
}

async function* findRuns(folder: string, depth: number): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new FsaError('USAGE', 'There is no such folder of runs.', {
      where: folder,
      advice: 'Name the folder that holds the runs.',
      cause,
    });
  });
  if (entries.some(({ name }) => name === 'run.json')) {
    yield folder;
    return;
  }
  if (depth === 0) return;
  const below = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  for (const { name } of below.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    yield* findRuns(join(folder, name), depth - 1);
  }
}

async function describe({ file, folder, results }: RunInput, path: string): Promise<ListedRun> {
  const { name, kind, createdAt, fsaVersion, device } = file;
  const cells = [...(results?.cells ?? []), ...(results?.missing ?? [])];
  // What measures cells has results as soon as it begins; other runs have jobs.
  const jobs = results === null ? await listJobStates(path) : [];
  return {
    name,
    folder,
    kind,
    createdAt,
    fsaVersion,
    device,
    models: [...new Set(cells.map(({ model }) => model))],
    datasets: [...new Set(cells.map(({ task, dataset }) => `${task}/${dataset}`))],
    done: results?.cells.length ?? jobs.filter(({ status }) => status === 'done').length,
    planned: results === null ? jobs.length : cells.length,
  };
}
