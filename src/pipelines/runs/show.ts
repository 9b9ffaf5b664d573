/** `fsa runs show`: what one run is, what it stands on, and its mean figures. */
import { resolve } from 'node:path';
import { describeReproduction } from '../../report/reproduction.js';
import type { RunLine } from '../../report/types.js';
import type { SubsetName, Task } from '../../tasks/vocabulary.js';
import type { Work } from '../run/run-handle.js';
import { readRunBriefly, reportOf } from './read-run.js';

export interface ShowRunOptions {
  /** The run's folder. */
  readonly run: string;
  readonly cwd?: string;
}

/** The F1 of one model on one set, in points. */
export interface RunFigure {
  readonly model: string;
  readonly task: Task;
  readonly dataset: string;
  readonly subset: SubsetName;
  readonly trainShare: number;
  readonly seedsDone: number;
  readonly seedsPlanned: number;
  /** Null where a planned seed is missing, or nothing stands under it. */
  readonly mean: number | null;
  readonly deviation: number | null;
}

export interface ShowRunResult {
  readonly run: RunLine;
  readonly figures: readonly RunFigure[];
  /** How to have the numbers again, in words: name and value. */
  readonly reproduction: readonly (readonly [name: string, value: string])[];
}

/** @throws FsaError RUN_FOLDER */
export async function showRun(
  { run, cwd = process.cwd() }: ShowRunOptions,
  { signal }: Pick<Work, 'signal'>,
): Promise<ShowRunResult> {
  signal.throwIfAborted();
  const report = reportOf(await readRunBriefly(resolve(cwd, run), cwd));
  const [line] = report.runs as [RunLine];
  const figures = report.tasks.flatMap(({ task, rows }) =>
    rows.flatMap(({ model, trainShare, cells }) =>
      cells.flatMap(({ dataset, subset, over, f1 }): RunFigure[] => {
        if (over !== undefined || f1.state === 'unplanned') return [];
        const { mean, deviation, seedsDone, seedsPlanned } = f1;
        return [{ model, task, dataset, subset, trainShare, seedsDone, seedsPlanned, mean, deviation }];
      }),
    ),
  );
  return { run: line, figures, reproduction: describeReproduction(line) };
}
