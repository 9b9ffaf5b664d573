/** run.json: what a run stands on, written before anything else. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../../config/schema.js';
import { readOwnVersion } from '../../config/version.js';
import { LOCK_HASH } from '../../runs/identity.js';
import type { RunFile } from '../../runs/types.js';
import type { Runtime } from '../../runtime/locate.js';

export function describeRun(
  parts: Pick<
    RunFile,
    'kind' | 'name' | 'identity' | 'hashes' | 'device' | 'notes' | 'report' | 'sources' | 'made'
  > & {
    readonly config: Config;
    readonly runtime: Runtime;
  },
): RunFile {
  const { config, runtime, ...rest } = parts;
  const { torch, transformers, tokenizers } = runtime.packages;
  const known = { torch, transformers, tokenizers };
  return {
    schema: 1,
    ...rest,
    createdAt: new Date().toISOString(),
    fsaVersion: readOwnVersion(),
    config,
    hashes: { ...rest.hashes, [LOCK_HASH]: runtime.lockHash },
    versions: {
      node: process.versions.node,
      python: runtime.pythonVersion,
      ...Object.fromEntries(
        Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
    },
  };
}

/** A data folder may say of itself what every report on it must state: a `NOTE.txt` there or in a parent. */
export async function readDataNotes(paths: readonly string[], cwd: string): Promise<string[]> {
  const notes = new Set<string>();
  for (const path of paths) {
    let folder = resolve(cwd, path);
    for (let level = 0; level < 4; level += 1) {
      const note = await readFile(join(folder, 'NOTE.txt'), 'utf8').catch(() => null);
      if (note !== null) notes.add(note.trim());
      folder = dirname(folder);
    }
  }
  return [...notes];
}

/** CPU threads per worker of a run that has begun: going on with another number would change its results. */
export function recordedThreads(run: RunFile | null): number | null {
  const threads = run?.identity['threads'];
  return typeof threads === 'number' ? threads : null;
}
