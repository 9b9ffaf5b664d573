/** Intervals and tests over test sentences: the models of a column under the same resamples. */
import { reviewOfId } from '../data/importers/parts.js';
import type { CellResult } from '../runs/types.js';
import { intervalOf, numberUnits, pOfDifferences, resampleMeans, SAMPLES } from '../scoring/resample.js';
import type { SubsetName } from '../tasks/vocabulary.js';
import type { CellSentences } from './cell-sentences.js';
import { metricsOf } from './summarize.js';
import type { Group } from './series.js';
import type { TaskGroups } from './task-groups.js';
import type { Column, SampledInterval } from './types.js';

/** Fewer reviews than this are no sample of reviews, and may be something else, such as files. */
const FEWEST_REVIEWS = 20;

export type SentencesByJob = ReadonlyMap<string, CellSentences>;

/** Mean F1 in [0, 1] of each resample, as far as a column's models can be resampled together. */
interface Samples {
  readonly unit: SampledInterval['unit'];
  readonly of: ReadonlyMap<string, Float64Array>;
}

/** A report on more cells than anybody reads one by one draws less often, and says so. */
const MANY_CELLS = 200;
const SAMPLES_OF_MANY = 2_000;

const NOTHING: Samples = { unit: 'sentence', of: new Map() };

/** Resamples of one task, made when they are asked for and kept while the report is built. */
export class Resampling {
  readonly #known = new Map<string, Samples>();
  readonly #samples: number;

  constructor(
    private readonly groups: TaskGroups,
    private readonly sentences: SentencesByJob,
  ) {
    this.#samples = sentences.size <= MANY_CELLS ? SAMPLES : SAMPLES_OF_MANY;
  }

  /** Null where a cell of the model is missing, or its predictions are not those of its scores. */
  interval(column: Column, model: string, share: number): SampledInterval | null {
    const { unit, of } = this.#at(column, share);
    const samples = of.get(model);
    return samples === undefined ? null : inPoints(samples, unit);
  }

  /** Null as above, or where the two models have different seeds. */
  difference(
    column: Column,
    model: string,
    baseline: string,
    share: number,
  ): { readonly interval: SampledInterval; readonly p: number } | null {
    const { unit, of } = this.#at(column, share);
    const [own, other] = [of.get(model), of.get(baseline)];
    if (own === undefined || other === undefined) return null;
    if (!this.#sameSeeds(column, model, baseline, share)) return null;
    const differences = own.map((value, place) => value - (other[place] ?? 0));
    return { interval: inPoints(differences, unit), p: pOfDifferences(differences) };
  }

  #sameSeeds(column: Column, model: string, baseline: string, share: number): boolean {
    return (column.over ?? [column.dataset]).every((dataset) => {
      const [one, other] = [model, baseline].map((name) =>
        this.groups
          .find(name, dataset, share)
          ?.cells.map(({ seed }) => seed)
          .join(),
      );
      return one === other;
    });
  }

  #at({ dataset, subset, over }: Column, share: number): Samples {
    const key = JSON.stringify([over ?? dataset, subset, share]);
    let samples = this.#known.get(key);
    if (samples === undefined) {
      samples = over === undefined ? this.#draw(dataset, subset, share) : this.#average(over, subset, share);
      this.#known.set(key, samples);
    }
    return samples;
  }

  /** Datasets are resampled apart, and the means of each sample averaged. */
  #average(datasets: readonly string[], subset: SubsetName, share: number): Samples {
    const parts = datasets.map((dataset) => this.#at({ dataset, subset }, share));
    const of = new Map<string, Float64Array>();
    for (const model of this.groups.models) {
      const samples = parts.map((part) => part.of.get(model)).filter((one) => one !== undefined);
      if (samples.length < parts.length) continue;
      const mean = new Float64Array(this.#samples);
      for (const one of samples) {
        for (const place of mean.keys())
          mean[place] = (mean[place] ?? 0) + (one[place] ?? 0) / samples.length;
      }
      of.set(model, mean);
    }
    return { unit: parts.every(({ unit }) => unit === 'review') ? 'review' : 'sentence', of };
  }

  #draw(dataset: string, subset: SubsetName, share: number): Samples {
    const models = this.groups.models.flatMap((model) => {
      const group = this.groups.find(model, dataset, share);
      const cells = group === undefined ? null : this.#cellsOf(group, subset);
      return cells === null ? [] : [{ model, cells }];
    });
    const [first] = models[0]?.cells ?? [];
    if (first === undefined) return NOTHING;
    // What was measured on another test set cannot be drawn together with the first.
    const alike = models.filter(({ cells }) => cells.every((cell) => haveSameGold(cell, first)));
    const reviews = reviewsOf(first);
    const places: number[][] = [];
    const all: CellSentences[] = [];
    for (const { cells } of alike) places.push(cells.map((cell) => all.push(cell) - 1));
    const means = resampleMeans(
      all.map((cell) => ({
        correct: cell.map(({ counts }) => counts.correct),
        predicted: cell.map(({ counts }) => counts.predicted),
        found: cell.map(({ counts }) => counts.found),
        gold: cell.map(({ counts }) => counts.gold),
      })),
      places,
      {
        units: reviews ?? undefined,
        samples: this.#samples,
        seed: 1 + this.groups.datasets.indexOf(dataset),
      },
    );
    const of = new Map(alike.map(({ model }, place) => [model, means[place] as Float64Array]));
    return { unit: reviews === null ? 'sentence' : 'review', of };
  }

  #cellsOf({ cells, missing }: Group, subset: SubsetName): CellSentences[] | null {
    if (missing.length > 0) return null;
    const found = cells.map((cell) => sentencesOf(cell, this.sentences.get(cell.jobId), subset));
    return found.every((one) => one !== null) ? found : null;
  }
}

/** The sentences of a set; null where their counts are not those that the cell was scored with. */
function sentencesOf(
  cell: CellResult,
  all: CellSentences | undefined,
  subset: SubsetName,
): CellSentences | null {
  const metrics = metricsOf(cell, subset);
  const some = all?.filter(({ subsets }) => subsets.includes(subset)) ?? [];
  if (metrics === null || some.length === 0 || some.length !== metrics.sentences) return null;
  const fits = (['correct', 'predicted', 'gold'] as const).every(
    (what) => some.reduce((sum, { counts }) => sum + counts[what], 0) === metrics[what],
  );
  return fits && metrics.gold > 0 ? some : null;
}

function haveSameGold(one: CellSentences, other: CellSentences): boolean {
  return (
    one.length === other.length &&
    one.every(({ id, counts }, place) => id === other[place]?.id && counts.gold === other[place].counts.gold)
  );
}

/** The review of each sentence by number; null where the dataset does not say, or says too little. */
function reviewsOf(sentences: CellSentences): number[] | null {
  const reviews = sentences.map(({ id, review }) => review ?? reviewOfId(id));
  if (reviews.every((review) => review === null)) return null;
  const units = numberUnits(sentences.map(({ id }, place) => reviews[place] ?? id));
  return new Set(units).size >= FEWEST_REVIEWS ? units : null;
}

function inPoints(samples: Float64Array, unit: SampledInterval['unit']): SampledInterval {
  const { low, high } = intervalOf(samples);
  return { low: low * 100, high: high * 100, samples: samples.length, unit };
}
