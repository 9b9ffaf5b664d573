/** Whether a distillation has ended already: asked before anything is prepared, and read off what is on disk. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emit } from '../../events.js';
import { LOCK_HASH } from '../../runs/identity.js';
import { findDamage, readJobState } from '../../runs/job-states.js';
import type { Distilled, RunFile } from '../../runs/types.js';
import { fitsSeal } from '../../storage/file-seal.js';
import { MODEL_CONFIG, WEIGHTS } from '../../storage/model-files.js';
import { distillJobId } from './plan.js';

export const MODEL_HASH = 'the starting model';

/** What a distillation asked for now has in common with one that ended, where it is the same. */
interface Wanted {
  readonly identity: Readonly<Record<string, unknown>>;
  readonly modelDigest: string;
  /** Every file that the run would read. */
  readonly sources: readonly string[];
  /** Reads every byte, also where size and date are as they were. */
  readonly verify: boolean;
}

/**
 * The corpus digests of the run in a folder, where its settings and its source files are those wanted: then
 * nothing has to be read to know which job it is.
 */
export async function knownCorpusHashes(
  before: RunFile | null,
  { identity, modelDigest, sources, verify }: Wanted,
): Promise<Record<string, string> | null> {
  if (before?.kind !== 'distill' || before.sources === undefined) return null;
  if (JSON.stringify(before.identity) !== JSON.stringify(identity)) return null;
  const { [MODEL_HASH]: model, [LOCK_HASH]: _lock, ...corpus } = before.hashes;
  const names = Object.keys(before.sources);
  const sameFiles = names.length === sources.length && sources.every((file) => names.includes(file));
  if (model !== modelDigest || !sameFiles) return null;
  for (const [file, sealed] of Object.entries(before.sources))
    if (!(await fitsSeal(file, sealed, verify))) return null;
  return corpus;
}

/**
 * The result of the job in a folder that has ended, with its model as it was written.
 * @param emit called where a model is there but not what was written: it is made again
 */
export async function readFinished(
  folder: string,
  { identity, modelDigest, verify }: Wanted,
  corpusHashes: Readonly<Record<string, string>>,
  emit: Emit,
): Promise<Distilled | null> {
  const state = await readJobState(folder, distillJobId(identity, modelDigest, corpusHashes));
  if (state?.status !== 'done' || state.distilled === null) return null;
  const damaged = state.outputs === null ? await missingOf(folder) : await findDamage(folder, state, verify);
  if (damaged.length === 0) return state.distilled;
  const message = `${damaged.join(', ')} ${damaged.length === 1 ? 'is' : 'are'} gone or not what this run wrote: the model is made again.`;
  emit({ type: 'warning', message, where: folder });
  return null;
}

/** An older version sealed nothing: at least the files of a model must be there. */
async function missingOf(folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (const name of [`model/${MODEL_CONFIG}`, `model/${WEIGHTS}`]) {
    const there = await stat(join(folder, name)).catch(() => null);
    if (there === null) missing.push(name);
  }
  return missing;
}
