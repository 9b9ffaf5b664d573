/** What a run folder has already: cells of this plan that are done, and those of earlier plans that agree. */
import type { Emit, FsaEventBody } from '../../events.js';
import { CellResults } from '../../runs/cell-results.js';
import { readMissing } from '../../runs/missing-cells.js';
import { readFinishedState } from '../../runs/finished-state.js';
import { findDamage, mapJobs, readJobState } from '../../runs/job-states.js';
import type { RunFolder } from '../../runs/run-folder.js';
import type { JobState, ResultsFile } from '../../runs/types.js';
import type { CellKey, PlannedCell } from './plan.js';

export interface Finished {
  /** Of this plan, by job id. */
  readonly done: CellResults;
  readonly carried: Carried;
}

/** Of earlier plans, as far as they stand on what this run stands on. */
export interface Carried {
  readonly cells: CellResults;
  readonly missing: ResultsFile['missing'];
}

/**
 * Reads the folder. A finished cell whose outputs are damaged is said and counts as not done; so is one that nobody asks
 * for now and that stands on something else: no mean is taken over the two.
 */
export async function findFinished(
  run: Pick<RunFolder, 'folder' | 'basisOf'>,
  cells: readonly PlannedCell[],
  { verify, only, emit }: { readonly verify: boolean; readonly only: boolean; readonly emit: Emit },
): Promise<Finished> {
  const { folder } = run;
  const planned = new Set(cells.map(({ id }) => id));
  const taken = new Set(cells.map(({ key }) => keyOf(key)));
  const known = new Set(taken);
  const [done, carried] = [new CellResults(), new CellResults()];
  const keep = async (state: JobOutputs, add: () => void): Promise<FsaEventBody | null> => {
    const damaged = await findDamage(folder, state, verify);
    if (damaged.length > 0) return damageOf(state, damaged);
    add();
    return null;
  };
  const strangers: string[] = [];
  const damages = await mapJobs(folder, async (jobId) => {
    const isPlanned = planned.has(jobId);
    const finished = isPlanned ? await readFinishedState(folder, jobId) : null;
    if (finished !== null) return await keep(finished, () => done.addText(jobId, finished.cell));
    const state = await readJobState(folder, jobId);
    if (state === null || state.status !== 'done' || state.cell === null) return null;
    const { cell } = state;
    if (!isPlanned && taken.has(keyOf(cell))) return null;
    if (!isPlanned && state.basis !== undefined && state.basis !== run.basisOf(cell)) {
      strangers.push(state.label);
      return null;
    }
    return await keep(state, () => {
      (isPlanned ? done : carried).add(cell);
      known.add(keyOf(cell));
    });
  });
  for (const damage of damages) emit(damage);
  if (strangers.length > 0) emit(strangersOf(strangers, folder));
  if (only) {
    if (carried.size > 0) emit({ type: 'warning', message: leftOut(carried.size), where: folder });
    return { done, carried: { cells: new CellResults(), missing: [] } };
  }
  return { done, carried: { cells: carried, missing: await missingBefore(folder, known) } };
}

/** Cells asked for earlier that have no numbers yet. */
async function missingBefore(folder: string, known: ReadonlySet<string>): Promise<ResultsFile['missing']> {
  // Of a damaged results.json, which is written anew, what it listed is lost; numbers are not.
  return (await readMissing(folder)).filter((cell) => !known.has(keyOf(cell)));
}

type JobOutputs = Pick<JobState, 'label' | 'outputs'>;

function damageOf({ label }: JobOutputs, damaged: readonly string[]): FsaEventBody {
  const message = `${damaged.join(', ')} ${damaged.length === 1 ? 'is' : 'are'} gone or not what this run wrote: the cell is done again when it is asked for.`;
  return { type: 'warning', message, where: label };
}

/** Labels told of one warning. */
const LABELS_TOLD = 3;

function strangersOf(labels: readonly string[], folder: string): FsaEventBody {
  const told = labels.slice(0, LABELS_TOLD).join('; ');
  const others = labels.length > LABELS_TOLD ? `; and ${labels.length - LABELS_TOLD} more` : '';
  const [cells, are] = labels.length === 1 ? ['cell', 'is'] : ['cells', 'are'];
  const message = `${labels.length} finished ${cells} of this folder ${are} left out of results and report, as what counts for them differs from this run's (settings, data, model, or the version of fsa): ${told}${others}. Ask for them to measure them anew.`;
  return { type: 'warning', message, where: folder };
}

function leftOut(count: number): string {
  const cells = count === 1 ? 'cell' : 'cells';
  return `${count} finished ${cells} of this folder ${count === 1 ? 'is' : 'are'} left out of results and report, as asked for.`;
}

function keyOf({ model, task, dataset, seed, trainShare }: CellKey): string {
  return JSON.stringify([model, task, dataset, seed, trainShare]);
}
