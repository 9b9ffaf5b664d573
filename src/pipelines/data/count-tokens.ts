/** Tokens of corpora under a model's tokenizer, and how many rows a length limit cuts. */
import { join } from 'node:path';
import { cacheFolder } from '../../config/environment.js';
import { prepareCorpus } from '../../data/corpus/prepare.js';
import { readLimits } from '../../runtime/limits.js';
import { readingEvents } from '../run/data-progress.js';
import { findModelFolder, hashTokenizerFiles } from '../sources/model.js';
import { withScratchFolder } from './output-files.js';
import { runOneJob } from '../run/one-job.js';
import type { Work } from '../run/run-handle.js';

export interface TokenStats {
  readonly model: string;
  readonly maxInputTokens: number;
  readonly maxTargetTokens: number;
  readonly rows: number;
  /** Tokens on average, with the end token, after the cut. */
  readonly meanInput: number;
  readonly meanTarget: number;
  /** Rows that are cut. */
  readonly cutInputs: number;
  readonly cutTargets: number;
}

/** Leaves behind the token cache, from which a distillation with the same limits starts at once. */
export async function countTokens(
  files: readonly string[],
  limits: { readonly model: string; readonly maxInputTokens: number; readonly maxTargetTokens: number },
  { cwd, emit, signal }: Work & { readonly cwd: string },
): Promise<TokenStats> {
  const model = await findModelFolder(limits.model, cwd);
  const modelFiles = await hashTokenizerFiles(model, signal);
  const { train } = await prepareCorpus(files, {
    validation: [],
    validationShare: 0,
    seed: 0,
    cacheFolder: join(cacheFolder(), 'pairs'),
    skipBadRows: true,
    onProgress: readingEvents('checking the corpus', emit),
    signal,
  });
  const output = await withScratchFolder((folder) =>
    runOneJob(
      {
        kind: 'prepare',
        placement: { device: 'cpu', threads: readLimits().processors.value },
        model,
        modelFiles,
        pairs: train,
        maxInputTokens: limits.maxInputTokens,
        maxTargetTokens: limits.maxTargetTokens,
        newlineToken: true,
        cacheFolder: join(cacheFolder(), 'tokens'),
      },
      { label: 'tokens', folder, emit, signal },
    ),
  );
  const { rows, cutInputs, cutTargets } = output;
  const [meanInput, meanTarget] = [output.inputTokens / rows, output.targetTokens / rows];
  return { ...limits, rows, meanInput, meanTarget, cutInputs, cutTargets };
}
