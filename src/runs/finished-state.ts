/**
 * What a run needs of a finished cell's state.json when it is taken up again: of ten thousand of them, reading every
 * figure is most of the wait. A file that this very form of state was written in, and whose seal fits, holds what was
 * checked when it was written; any other is left to `readJobState`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hashValue } from '../storage/digest.js';
import type { FileSeal } from '../storage/file-seal.js';
import { readSealedLines } from '../storage/sealed-json.js';
import { jobStateSchema, type JobState } from './types.js';

/** What was written under the same schema, and is whole, fits the schema. */
export function stateForm(): string {
  return (form ??= hashValue(z.toJSONSchema(jobStateSchema, { io: 'input' })).slice(0, 16));
}

let form: string | null = null;

export interface FinishedState extends Pick<JobState, 'label'> {
  /** The JSON of the cell's result. */
  readonly cell: Uint8Array;
  readonly outputs: Readonly<Record<string, FileSeal>>;
}

/** Null where the cell is not done, or its state is damaged or of another form. */
export async function readFinishedState(folder: string, jobId: string): Promise<FinishedState | null> {
  const bytes = await readFile(join(folder, 'jobs', jobId, 'state.json')).catch(() => null);
  const lines = bytes === null ? null : readSealedLines(bytes);
  if (lines === null) return null;
  const valueOf = (key: string): unknown => JSON.parse(lines.get(key)?.toString() ?? 'null');
  if (valueOf('form') !== stateForm() || valueOf('status') !== 'done' || valueOf('jobId') !== jobId)
    return null;
  const [cell, outputs] = [lines.get('cell'), valueOf('outputs') as FinishedState['outputs'] | null];
  if (cell === undefined || cell.toString() === 'null' || outputs === null) return null;
  return { label: valueOf('label') as string, cell, outputs };
}
