/** What a run folder has already: cells of this plan that are done, and those of earlier plans that agree. */
import type { Emit, FsaEventBody } from '../../events.js';
import { findDamage, listJobStates, readResults } from '../../runs/run-folder.js';
import type { CellResult, JobState, ResultsFile } from '../../runs/types.js';
import { mapBounded } from '../../storage/map-bounded.js';
import type { CellKey, PlannedCell } from './plan.js';

export interface Finished {
  /** Of this plan, by job id. */
  readonly done: Map<string, CellResult>;
  /** Of earlier plans; their settings agree, or the folder would have been refused. */
  readonly carried: Pick<ResultsFile, 'cells' | 'missing'>;
}

/** Reads the folder; a finished cell whose outputs are damaged is said and counts as not done. */
export async function findFinished(
  folder: string,
  cells: readonly PlannedCell[],
  { verify, only, emit }: { readonly verify: boolean; readonly only: boolean; readonly emit: Emit },
): Promise<Finished> {
  const planned = new Map(cells.map((cell) => [cell.id, cell]));
  const taken = new Set(cells.map(({ key }) => keyOf(key)));
  const done = new Map<string, CellResult>();
  const carried: CellResult[] = [];
  const counting = (await listJobStates(folder)).flatMap((state) => {
    const { jobId, status, cell } = state;
    if (status !== 'done' || cell === null) return [];
    return planned.has(jobId) || !taken.has(keyOf(cell)) ? [{ state, jobId, cell }] : [];
  });
  const damages = await mapBounded(counting, async ({ state }) => await findDamage(folder, state, verify));
  for (const [index, { state, jobId, cell }] of counting.entries()) {
    const damaged = damages[index] ?? [];
    if (damaged.length > 0) emit(damageOf(state, damaged));
    else if (planned.has(jobId)) done.set(jobId, cell);
    else carried.push(cell);
  }
  if (only) {
    if (carried.length > 0) emit({ type: 'warning', message: leftOut(carried.length), where: folder });
    return { done, carried: { cells: [], missing: [] } };
  }
  return { done, carried: { cells: carried, missing: await missingBefore(folder, taken, carried) } };
}

/** Cells asked for earlier that have no numbers yet. */
async function missingBefore(
  folder: string,
  taken: ReadonlySet<string>,
  carried: readonly CellResult[],
): Promise<ResultsFile['missing']> {
  // A damaged results.json is written anew: what it listed as missing is lost with it, numbers are not.
  const before = await readResults(folder).catch(() => null);
  const known = new Set([...taken, ...carried.map(keyOf)]);
  return (before?.missing ?? []).filter((cell) => !known.has(keyOf(cell)));
}

function damageOf({ label }: JobState, damaged: readonly string[]): FsaEventBody {
  const message = `${damaged.join(', ')} ${damaged.length === 1 ? 'is' : 'are'} gone or not what this run wrote: the cell is done again when it is asked for.`;
  return { type: 'warning', message, where: label };
}

function leftOut(count: number): string {
  const cells = count === 1 ? 'cell' : 'cells';
  return `${count} finished ${cells} of this folder ${count === 1 ? 'is' : 'are'} left out of results and report, as asked for.`;
}

function keyOf({ model, task, dataset, seed, trainShare }: CellKey): string {
  return JSON.stringify([model, task, dataset, seed, trainShare]);
}
