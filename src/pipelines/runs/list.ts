/** `fsa runs list`: the run folders below a folder, newest first. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FsaError, toFsaError } from '../../errors.js';
import type { RunInput } from '../../report/input.js';
import { listJobStates } from '../../runs/job-states.js';
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
  /** Folders that cannot be looked into, or have a run.json that cannot be read, and why. */
  readonly unreadable: readonly { readonly folder: string; readonly reason: string }[];
}

/** Runs may lie in folders of folders, and links in circles; a run's own folders are not looked into. */
const DEEPEST = 4;

/** @throws FsaError USAGE where a named folder is not there */
export async function listRuns(
  options: ListRunsOptions,
  { signal }: Pick<Work, 'signal'>,
): Promise<ListRunsResult> {
  const { folders = ['runs'], cwd = process.cwd() } = options;
  const runs: ListedRun[] = [];
  const unreadable: ListRunsResult['unreadable'][number][] = [];
  const seen = new Set<string>();
  for (const folder of folders) {
    const top = resolve(cwd, folder);
    await requireFolder(top);
    for await (const { path: found, fault } of findRuns(top, DEEPEST)) {
      signal.throwIfAborted();
      if (fault !== null) unreadable.push({ folder: found, reason: toFsaError(fault).message });
      const place = await realpath(found).catch(() => found);
      if (fault !== null || seen.has(place)) continue;
      seen.add(place);
      try {
        runs.push(await describe(await readRunBriefly(found, cwd), found));
      } catch (error) {
        unreadable.push({ folder: found, reason: toFsaError(error).message });
      }
    }
  }
  return { runs: runs.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)), unreadable };
}

async function requireFolder(folder: string): Promise<void> {
  const there = await stat(folder).catch(() => null);
  if (there?.isDirectory() === true) return;
  throw new FsaError('USAGE', 'There is no such folder of runs.', {
    where: folder,
    advice: 'Name the folder that holds the runs.',
  });
}

interface Found {
  readonly path: string;
  /** Why nobody can look into it; null for a run. */
  readonly fault: unknown;
}

/** Runs, also behind links, and folders that cannot be looked into: one of those hides no other run. */
async function* findRuns(folder: string, depth: number): AsyncGenerator<Found> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (fault) {
    yield { path: folder, fault };
    return;
  }
  if (entries.some(({ name }) => name === 'run.json')) {
    yield { path: folder, fault: null };
    return;
  }
  if (depth === 0) return;
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (!entry.name.startsWith('.') && (await isFolder(entry, path))) yield* findRuns(path, depth - 1);
  }
}

async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return (await stat(path).catch(() => null))?.isDirectory() === true;
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
