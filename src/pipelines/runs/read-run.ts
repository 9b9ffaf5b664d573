/** A run folder as lists and comparisons need it: what it is and its figures, without predictions. */
import { basename, join, relative } from 'node:path';
import { FsaError } from '../../errors.js';
import { buildReport } from '../../report/build.js';
import type { RunInput } from '../../report/input.js';
import type { Report } from '../../report/types.js';
import { readWallSeconds } from '../../runs/journal.js';
import { readResults, readRunFile } from '../../runs/run-folder.js';

/** @throws FsaError RUN_FOLDER where there is no run, or a file of it is damaged */
export async function readRunBriefly(folder: string, cwd: string): Promise<RunInput> {
  const file = await readRunFile(folder);
  if (file === null) {
    throw new FsaError('RUN_FOLDER', `${basename(folder)} is no run folder: it has no run.json.`, {
      where: folder,
      advice: 'See `fsa runs list`, or name a folder that fsa wrote.',
    });
  }
  const nothing = new Map<string, never>();
  return {
    file,
    folder: relative(cwd, folder) || '.',
    results: await readResults(folder),
    cellMetrics: nothing,
    predictions: nothing,
    sentences: nothing,
    wallSeconds: await readWallSeconds(join(folder, 'journal.ndjson')),
    distillMetrics: [],
  };
}

/** The figures of one run, compared with nothing. */
export function reportOf(run: RunInput): Report {
  return buildReport({ runs: [run] }, { baseline: null });
}
