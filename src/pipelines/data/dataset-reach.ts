/** Datasets under a model's tokenizer: lengths of their texts, what is cut, and what it cannot write. */
import { PRESETS } from '../../config/presets.js';
import type { Dataset } from '../../data/benchmark/dataset.js';
import { type Distribution, Lengths } from '../../data/check/lengths.js';
import { readLimits } from '../../runtime/limits.js';
import type { ScoringRules } from '../../scoring/metrics.js';
import type { SplitReach, TripOf } from '../../scoring/reach.js';
import { type Comparison, POLARITIES } from '../../tasks/vocabulary.js';
import { type EvalDataset, type GoldRow, toEvalDataset } from '../eval/datasets.js';
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

interface Asked {
  readonly model: string;
  readonly maxInputTokens?: number | undefined;
  readonly maxTargetTokens?: number | undefined;
  readonly compare?: Comparison | undefined;
}

type Context = Pick<Work, 'emit' | 'signal'> & { readonly cwd: string };

/** In the order of the datasets. @throws FsaError what the worker's job can end in */
export async function measureDatasets(
  datasets: readonly Dataset[],
  asked: Asked,
  context: Context,
): Promise<DatasetReach[]> {
  const whole = datasets.map((dataset) =>
    toEvalDataset(dataset, `${dataset.task}/${dataset.name}`, PRESETS.paper.eval.targetOrder),
  );
  const { trips, settings } = await tripsOf(whole, asked, context);
  return whole.map((dataset): DatasetReach => {
    const { splits } = reachOf(dataset, trips, settings);
    const measured = (split: Split) => ({
      ...splits[split],
      inputTokens: lengthsOf(dataset[split], ({ sentence }) => trips(sentence).tokens),
      targetTokens: lengthsOf(dataset[split], ({ gold }) => trips(gold).tokens),
    });
    return {
      model: asked.model,
      maxInputTokens: settings.maxInputTokens,
      splits: { train: measured('train'), dev: measured('dev'), test: measured('test') },
    };
  });
}

/**
 * Rows of single files, which are no split: what the tokenizer leaves of them, and what they are compared with.
 * @param more texts that are asked for as well, with `tripOf`
 */
export async function measureFiles(
  files: readonly { readonly rules: ScoringRules; readonly rows: readonly GoldRow[] }[],
  asked: Asked,
  context: Context,
  more: readonly string[] = [],
): Promise<{
  readonly files: readonly { readonly reach: SplitReach; readonly rows: readonly GoldRow[] }[];
  readonly tripOf: TripOf;
}> {
  const none = { name: '', label: '', train: [], dev: [], files: {} };
  const whole = files.map(
    ({ rules: { task, polarities = POLARITIES }, rows }): EvalDataset => ({
      ...none,
      ...{ task, polarities, test: rows },
    }),
  );
  const { trips, settings } = await tripsOf(whole, asked, context, more);
  const measured = whole.map((dataset) => {
    const { splits, test } = reachOf(dataset, trips, settings);
    return { reach: splits.test, rows: test };
  });
  return { files: measured, tripOf: trips };
}

/** Every text of the datasets through the model's tokenizer, in one job. */
async function tripsOf(
  datasets: readonly EvalDataset[],
  asked: Asked,
  { cwd, emit, signal }: Context,
  more: readonly string[] = [],
): Promise<{ trips: TripOf; settings: ReachSettings }> {
  const { maxInputTokens, maxTargetTokens, maxGeneratedTokens, compare } = PRESETS.paper.eval;
  const settings: ReachSettings = {
    maxInputTokens: asked.maxInputTokens ?? maxInputTokens,
    maxTargetTokens: asked.maxTargetTokens ?? maxTargetTokens,
    maxGeneratedTokens,
    compare: asked.compare ?? compare,
  };
  const model = await findModelFolder(asked.model, cwd);
  const modelFiles = await hashTokenizerFiles(model, signal);
  const placement = { device: 'cpu', threads: readLimits().processors.value };
  const trips = await withScratchFolder(
    async (folder) =>
      await makeRoundTrips([...textsOf(datasets, settings), ...more], {
        model,
        modelFiles,
        maxTokens: settings.maxInputTokens,
        folder,
        run: async (spec) =>
          await runOneJob({ ...spec, placement }, { label: 'tokens of the datasets', folder, emit, signal }),
        signal,
      }),
  );
  return { trips, settings };
}

function lengthsOf(
  rows: EvalDataset['test'],
  tokensOf: (row: EvalDataset['test'][number]) => number,
): Distribution {
  const lengths = new Lengths();
  for (const row of rows) lengths.add(tokensOf(row));
  return lengths.distribution();
}
