/** The sentences that models got wrong, the same mistake of several seeds as one row. */
import type { PredictionLine } from '../runs/types.js';
import { diffPrediction, isWrong, type PredictionDiff, type ReadingRules } from './prediction-diff.js';
import type { Series } from './series.js';
import type { Mistake, MistakeReport } from './types.js';

/**
 * All mistakes; where there are more than `limit`, each model × dataset × share keeps an equal part, and in
 * it the mistakes that most seeds make.
 */
export function gatherMistakes(series: readonly Series[], limit: number): MistakeReport {
  const groups = new Map<string, Group>();
  const judges = new Map<string, Judge>();
  let cellsWithoutPredictions = 0;
  for (const { label, cells } of series) {
    for (const { cell, run } of cells) {
      const lines = run.predictions.get(cell.jobId);
      if (lines === undefined) {
        cellsWithoutPredictions++;
        continue;
      }
      const { task, dataset, trainShare, seed } = cell;
      const key = JSON.stringify([label, task, dataset, trainShare]);
      const group = groups.get(key) ?? {
        place: { model: label, task, dataset, trainShare },
        found: new Map(),
      };
      groups.set(key, group);
      const rules = { task, polarities: cell.polarities };
      const judge = judges.get(JSON.stringify(rules)) ?? new Judge(rules);
      judges.set(JSON.stringify(rules), judge);
      for (const line of lines) addMistake(group.found, judge.judge(line), seed);
    }
  }
  const quota = Math.floor(limit / Math.max(1, groups.size));
  const rows: Mistake[] = [];
  let leftOut = 0;
  for (const { place, found } of groups.values()) {
    const kept = keepCommonest([...found.values()], quota);
    leftOut += found.size - kept.length;
    for (const row of kept) rows.push(showMistake(place, row));
  }
  return { rows, leftOut, cellsWithoutPredictions };
}

interface Group {
  readonly place: Pick<Mistake, 'model' | 'task' | 'dataset' | 'trainShare'>;
  readonly found: Map<string, Found>;
}

interface Found {
  readonly wrong: WrongLine;
  readonly seeds: number[];
}

/** A line that is a mistake. Its marks are made when it is shown, once for all the places that show it. */
class WrongLine {
  /** Lines of a group with the same key are the same mistake. */
  readonly key: string;
  #marks: PredictionDiff | null = null;

  constructor(
    readonly rules: ReadingRules,
    readonly line: PredictionLine,
  ) {
    this.key = `${line.id}\u0000${line.text}`;
  }

  get marks(): PredictionDiff {
    this.#marks ??= diffPrediction(this.rules, this.line);
    return this.#marks;
  }
}

/** Decides each line once, however many cells share it. */
class Judge {
  readonly #known = new Map<PredictionLine, WrongLine | null>();

  constructor(readonly rules: ReadingRules) {}

  /** Null where the line is right. */
  judge(line: PredictionLine): WrongLine | null {
    let wrong = this.#known.get(line);
    if (wrong === undefined) {
      wrong = isWrong(this.rules, line) ? new WrongLine(this.rules, line) : null;
      this.#known.set(line, wrong);
    }
    return wrong;
  }
}

function addMistake(found: Map<string, Found>, wrong: WrongLine | null, seed: number): void {
  if (wrong === null) return;
  const known = found.get(wrong.key);
  if (known === undefined) found.set(wrong.key, { wrong, seeds: [seed] });
  else known.seeds.push(seed);
}

/** Every field by name: spreading them is many times slower, and there are a hundred thousand rows. */
function showMistake({ model, task, dataset, trainShare }: Group['place'], { wrong, seeds }: Found): Mistake {
  const { id, sentence, subsets } = wrong.line;
  const { gold, predicted } = wrong.marks;
  return { model, task, dataset, trainShare, id, sentence, subsets, seeds, gold, predicted };
}

/** The `quota` mistakes that most seeds make, in their old order. */
function keepCommonest(rows: readonly Found[], quota: number): readonly Found[] {
  if (rows.length <= quota) return rows;
  const kept = new Set([...rows].sort((a, b) => b.seeds.length - a.seeds.length).slice(0, quota));
  return rows.filter((row) => kept.has(row));
}
