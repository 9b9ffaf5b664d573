/** Datasets under a model's tokenizer: lengths of their texts, what is cut, and what it cannot write. */
import { PRESETS } from '../../config/presets.js';
import type { Dataset } from '../../data/benchmark/dataset.js';
import { type Distribution, Lengths } from '../../data/check/lengths.js';
import { readLimits } from '../../runtime/limits.js';
import type { SplitReach } from '../../scoring/reach.js';
import { type EvalDataset, toEvalDataset } from '../eval/datasets.js';
import { reachOf, type ReachSettings, textsOf } from '../reach/measure.js';
import { makeRoundTrips } from '../reach/round-trips.js';
import { runOneJob } from '../run/one-job.js';
import type { Work } from '../run/run-handle.js';
import { findModelFolder, hashTokenizerFiles } from '../sources/model.js';
import { withScratchFolder } from './output-files.js';

type Split = 'train' | 'dev' | 'test';

export interface DatasetReach {
  readonly model: string;
  readonly maxInputTokens: number;
  readonly splits: Readonly<
    Record<Split, SplitReach & { readonly inputTokens: Distribution; readonly targetTokens: Distribution }>
  >;
}

/** In the order of the datasets. @throws FsaError what the worker's job can end in */
export async function measureDatasets(
  datasets: readonly Dataset[],
  limits: { readonly model: string; readonly maxInputTokens?: number; readonly maxTargetTokens?: number },
  { cwd, emit, signal }: Pick<Work, 'emit' | 'signal'> & { readonly cwd: string },
): Promise<DatasetReach[]> {
  const { maxInputTokens, maxTargetTokens, maxGeneratedTokens, compare } = PRESETS.paper.eval;
  const settings: ReachSettings = {
    maxInputTokens: limits.maxInputTokens ?? maxInputTokens,
    maxTargetTokens: limits.maxTargetTokens ?? maxTargetTokens,
    maxGeneratedTokens,
    compare,
  };
  const whole = datasets.map((dataset) =>
    toEvalDataset(dataset, `${dataset.task}/${dataset.name}`, PRESETS.paper.eval.targetOrder),
  );
  const model = await findModelFolder(limits.model, cwd);
  const modelFiles = await hashTokenizerFiles(model, signal);
  const placement = { device: 'cpu', threads: readLimits().processors.value };
  const trips = await withScratchFolder(
    async (folder) =>
      await makeRoundTrips(textsOf(whole, settings), {
        model,
        modelFiles,
        maxTokens: settings.maxInputTokens,
        folder,
        run: async (spec) =>
          await runOneJob({ ...spec, placement }, { label: 'tokens of the datasets', folder, emit, signal }),
        signal,
      }),
  );
  return whole.map((dataset): DatasetReach => {
    const { splits } = reachOf(dataset, trips, settings);
    const measured = (split: Split) => ({
      ...splits[split],
      inputTokens: lengthsOf(dataset[split], ({ sentence }) => trips(sentence).tokens),
      targetTokens: lengthsOf(dataset[split], ({ gold }) => trips(gold).tokens),
    });
    return {
      model: limits.model,
      maxInputTokens: settings.maxInputTokens,
      splits: { train: measured('train'), dev: measured('dev'), test: measured('test') },
    };
  });
}

function lengthsOf(
  rows: EvalDataset['test'],
  tokensOf: (row: EvalDataset['test'][number]) => number,
): Distribution {
  const lengths = new Lengths();
  for (const row of rows) lengths.add(tokensOf(row));
  return lengths.distribution();
}
