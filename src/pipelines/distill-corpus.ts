/** The corpus of a distillation: read, checked, held against the benchmark, and laid out for the worker. */
import { join } from 'node:path';
import { cacheFolder } from '../config/environment.js';
import type { Config } from '../config/schema.js';
import { expandCorpus } from '../data/corpus.js';
import { prepareCorpus } from '../data/prepare-corpus.js';
import type { Emit } from '../events.js';
import type { PairsFile } from '../rpc/messages.js';

export interface RunCorpus {
  readonly train: readonly PairsFile[];
  readonly validation: readonly PairsFile[];
  /** SHA-256 of every source file by what it is. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Facts that the report states. */
  readonly notes: readonly string[];
}

export async function prepareRunCorpus(
  files: readonly string[],
  { seed, distill: settings }: Config,
  { cwd, emit, signal }: { readonly cwd: string; readonly emit: Emit; readonly signal: AbortSignal },
): Promise<RunCorpus> {
  const startedMs = performance.now();
  const validation = settings.validation === null ? [] : await expandCorpus([settings.validation], cwd);
  const prepared = await prepareCorpus([...files], {
    validation,
    validationShare: settings.validationShare,
    seed,
    cacheFolder: join(cacheFolder(), 'pairs'),
    signal,
  });
  const seconds = (performance.now() - startedMs) / 1000;
  emit({ type: 'data-prepared', what: 'corpus', rows: prepared.rows, seconds, reused: prepared.reused });
  const hashes: Record<string, string> = {};
  prepared.train.forEach(({ sha256 }, index) => (hashes[`corpus part ${index + 1}`] = sha256));
  prepared.validation.forEach(({ sha256 }, index) => (hashes[`validation part ${index + 1}`] = sha256));
  return { ...prepared, hashes, notes: [] };
}
