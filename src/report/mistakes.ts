/** The sentences that models got wrong, the same mistake of several seeds as one row. */
import type { Task } from '../tasks/vocabulary.js';
import type { PredictionLine } from '../runs/types.js';
import { isMistaken, type MarkedLine, markLine } from './marks.js';
import type { Series } from './series.js';
import type { Mistake, MistakeReport } from './types.js';

/**
 * All mistakes; where there are more than `limit`, each model × dataset × share keeps an equal part, and in
 * it the mistakes that most seeds make.
 */
export function gatherMistakes(series: readonly Series[], limit: number): MistakeReport {
  const groups = new Map<string, Group>();
  const judges = new Map<Task, Judge>();
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
      const judge = judges.get(task) ?? new Judge(task);
      judges.set(task, judge);
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
  readonly finding: Finding;
  readonly seeds: number[];
}

/** A line that is a mistake. Its marks are made when it is shown, once for all the places that show it. */
class Finding {
  /** Lines of a group with the same key are the same mistake. */
  readonly key: string;
  #marks: MarkedLine | null = null;

  constructor(
    readonly task: Task,
    readonly line: PredictionLine,
  ) {
    this.key = `${line.id}\u0000${line.text}`;
  }

  get marks(): MarkedLine {
    this.#marks ??= markLine(this.task, this.line);
    return this.#marks;
  }
}

/** Decides each line once, however many cells share it. */
class Judge {
  readonly #known = new Map<PredictionLine, Finding | null>();

  constructor(readonly task: Task) {}

  /** Null where the line is right. */
  judge(line: PredictionLine): Finding | null {
    let finding = this.#known.get(line);
    if (finding === undefined) {
      finding = isMistaken(this.task, line) ? new Finding(this.task, line) : null;
      this.#known.set(line, finding);
    }
    return finding;
  }
}

function addMistake(found: Map<string, Found>, finding: Finding | null, seed: number): void {
  if (finding === null) return;
  const known = found.get(finding.key);
  if (known === undefined) found.set(finding.key, { finding, seeds: [seed] });
  else known.seeds.push(seed);
}

/** Every field by name: spreading them is many times slower, and there are a hundred thousand rows. */
function showMistake(
  { model, task, dataset, trainShare }: Group['place'],
  { finding, seeds }: Found,
): Mistake {
  const { id, sentence, subsets } = finding.line;
  const { gold, predicted } = finding.marks;
  return { model, task, dataset, trainShare, id, sentence, subsets, seeds, gold, predicted };
}

/** The `quota` mistakes that most seeds make, in their old order. */
function keepCommonest(rows: readonly Found[], quota: number): readonly Found[] {
  if (rows.length <= quota) return rows;
  const kept = new Set([...rows].sort((a, b) => b.seeds.length - a.seeds.length).slice(0, quota));
  return rows.filter((row) => kept.has(row));
}
