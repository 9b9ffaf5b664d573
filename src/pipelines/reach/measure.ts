/** Before training: what each dataset's gold loses to each model's tokenizer. */
import type { Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import { shorten, tellApart } from '../../printable.js';
import {
  measureSplit,
  normaliseRow,
  type SplitReach,
  textsToNormalise,
  type TripOf,
} from '../../scoring/reach.js';
import { taskNamed } from '../../tasks/registry.js';
import { SEPARATORS } from '../../tasks/syntax.js';
import type { EvalDataset, GoldRow } from '../eval/datasets.js';
import { makeRoundTrips, type RoundTripOptions } from './round-trips.js';
import { describeReach } from '../../report/reach-words.js';

/** A dataset as one model can write and see it. */
export interface Reach {
  readonly splits: Readonly<Record<'train' | 'dev' | 'test', SplitReach>>;
  /** The rows that predictions are compared with: as they are, or as the tokenizer would write them. */
  readonly dev: readonly GoldRow[];
  readonly test: readonly GoldRow[];
}

/** The settings that decide what is cut, and what is compared. */
export type ReachSettings = Pick<
  Config['eval'],
  'maxInputTokens' | 'maxTargetTokens' | 'maxGeneratedTokens' | 'compare'
>;

export interface ReachInput extends Omit<RoundTripOptions, 'maxTokens'> {
  /** Its name in the tables. */
  readonly name: string;
  readonly datasets: readonly EvalDataset[];
  readonly settings: ReachSettings & Pick<Config['eval'], 'epochs'>;
  readonly emit: Emit;
}

/**
 * The reach of every dataset by its label; what is lost is reported as a warning.
 * @throws FsaError DATA where no target of a split survives and there is training to be wasted: a model that is
 * measured as it is gets its figures, beside that warning
 */
export async function measureReach(input: ReachInput): Promise<Map<string, Reach>> {
  const { name, datasets, settings, emit } = input;
  const trips = await makeRoundTrips(textsOf(datasets, settings), {
    ...input,
    maxTokens: settings.maxInputTokens,
  });
  const found = new Map<string, Reach>();
  for (const dataset of datasets) {
    const reach = reachOf(dataset, trips, settings);
    if (settings.epochs > 0) refuseLost(name, dataset, reach);
    const told = describeReach(reach.splits);
    if (told !== null) emit({ type: 'warning', message: told, where: `${name} · ${dataset.label}` });
    found.set(dataset.label, reach);
  }
  return found;
}

/** Every text whose round trip `reachOf` asks for. */
export function* textsOf(datasets: readonly EvalDataset[], { compare }: ReachSettings): Generator<string> {
  for (const { train, dev, test } of datasets) {
    for (const rows of [train, dev, test]) {
      for (const { sentence, gold } of rows) yield* [sentence, gold];
      if (compare === 'tokenizer-normalised') yield* textsToNormalise(rows);
    }
  }
}

/** What the round trips say of one dataset. */
export function reachOf(dataset: EvalDataset, tripOf: TripOf, settings: ReachSettings): Reach {
  const { task, polarities } = dataset;
  const generated = settings.maxGeneratedTokens ?? taskNamed(task).generatedTokens;
  // The published scripts count the decoder's start token as well.
  const limits = { train: settings.maxTargetTokens, dev: generated - 1, test: generated - 1 };
  const compared = (split: 'train' | 'dev' | 'test'): readonly GoldRow[] =>
    settings.compare === 'exact' ? dataset[split] : dataset[split].map((row) => normaliseRow(row, tripOf));
  // The sentences as they are: a normalised one is no text that the tokenizer was asked about.
  const measure = (split: 'train' | 'dev' | 'test', rows: readonly GoldRow[]): SplitReach =>
    measureSplit(rows, inputsOf(dataset[split], rows, tripOf), { task, polarities }, limits[split]);
  const [train, dev, test] = [compared('train'), compared('dev'), compared('test')];
  return {
    splits: { train: measure('train', train), dev: measure('dev', dev), test: measure('test', test) },
    dev,
    test,
  };
}

/** Trips that also know normalised sentences, by those they came from. */
function inputsOf(originals: readonly GoldRow[], rows: readonly GoldRow[], tripOf: TripOf): TripOf {
  const originalOf = new Map(
    rows.map(({ sentence }, index) => [sentence, originals[index]?.sentence ?? sentence]),
  );
  return (text) => tripOf(originalOf.get(text) ?? text);
}

function refuseLost(model: string, dataset: EvalDataset, { splits }: Reach): void {
  for (const [split, { targets, survivingTargets, reachableTuples, lost }] of Object.entries(splits)) {
    if (targets === 0 || survivingTargets > 0 || reachableTuples > 0) continue;
    throw new FsaError(
      'DATA',
      `No gold target of ${dataset.label} (${split}) can be written with the tokenizer of ${model}.`,
      {
        problems: lost.map(
          ({ id, target, written }) =>
            `${id}: ${tellApart(shorten(target, 60), shorten(written, 60)).join(' becomes ')}`,
        ),
        advice: adviceFor(lost),
      },
    );
  }
}

function adviceFor(lost: SplitReach['lost']): string {
  const separator = SEPARATORS.find((mark) =>
    lost.every(({ target, written }) => target.includes(mark) && !written.includes(mark)),
  );
  if (separator !== undefined) {
    return `Its tokenizer has no piece for "${separator}", with which targets are written: use one that has, as those of T5 and mT5 have.`;
  }
  return 'Use a model whose tokenizer knows this script, such as mT5; where only spaces or forms of characters differ, set eval.compare=tokenizer-normalised.';
}
