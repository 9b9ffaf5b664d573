/** The sentences that models got wrong, the same mistake of several seeds as one row. */
import type { Task } from '../config/vocabulary.js';
import type { PredictionLine } from '../runs/types.js';
import { markLine } from './marks.js';
import type { Series } from './series.js';
import type { Mistake, MistakeReport } from './types.js';

/**
 * All mistakes; where there are more than `limit`, each model × dataset × share keeps an equal part, and in
 * it the mistakes that most seeds make.
 */
export function gatherMistakes(series: readonly Series[], limit: number): MistakeReport {
  const groups = new Map<string, Map<string, Mistake & { seeds: number[] }>>();
  let cellsWithoutPredictions = 0;
  for (const { label, cells } of series) {
    for (const { cell, run } of cells) {
      const lines = run.predictions.get(cell.jobId);
      if (lines === undefined) {
        cellsWithoutPredictions++;
        continue;
      }
      const key = JSON.stringify([label, cell.task, cell.dataset, cell.trainShare]);
      const group = groups.get(key) ?? new Map<string, Mistake & { seeds: number[] }>();
      groups.set(key, group);
      for (const line of lines) addMistake(group, line, { ...cell, model: label });
    }
  }
  const quota = Math.floor(limit / Math.max(1, groups.size));
  const rows: Mistake[] = [];
  let leftOut = 0;
  for (const group of groups.values()) {
    const kept = keepCommonest([...group.values()], quota);
    leftOut += group.size - kept.length;
    rows.push(...kept);
  }
  return { rows, leftOut, cellsWithoutPredictions };
}

/** Whether a prediction is not what the gold says: a pair missed or invented, or a piece that is no pair. */
export function isMistaken(task: Task, line: PredictionLine): boolean {
  return markLine(task, line).mistaken;
}

type Place = Pick<Mistake, 'model' | 'task' | 'dataset' | 'trainShare'> & { readonly seed: number };

function addMistake(
  group: Map<string, Mistake & { seeds: number[] }>,
  line: PredictionLine,
  place: Place,
): void {
  const key = `${line.id}\u0000${line.text}`;
  const known = group.get(key);
  if (known !== undefined) {
    known.seeds.push(place.seed);
    return;
  }
  const { mistaken, gold, predicted } = markLine(place.task, line);
  if (!mistaken) return;
  const { model, task, dataset, trainShare, seed } = place;
  const { id, sentence, subsets } = line;
  group.set(key, {
    model,
    task,
    dataset,
    trainShare,
    id,
    sentence,
    subsets,
    seeds: [seed],
    gold,
    predicted,
  });
}

/** The `quota` mistakes that most seeds make, in their old order. */
function keepCommonest(rows: readonly Mistake[], quota: number): readonly Mistake[] {
  if (rows.length <= quota) return rows;
  const kept = new Set([...rows].sort((a, b) => b.seeds.length - a.seeds.length).slice(0, quota));
  return rows.filter((row) => kept.has(row));
}
