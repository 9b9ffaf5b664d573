/** Which task a file's annotation serves, for whoever names none. */
import type { TaskName } from '../../tasks/vocabulary.js';
import type { ReadOptions } from './importer.js';
import type { ImportFile } from './import-files.js';
import { isReject, type Reject } from './row.js';

/** Rows that a guess of the task looks at. */
const GUESS_ROWS = 2000;

/**
 * The task that a file's annotation serves: the richest one whose elements some tuple has in words.
 * @returns a task that is null where nothing is annotated, with the first row that was not taken
 */
export async function guessTask(
  file: ImportFile,
  reading: ReadOptions,
): Promise<{ task: TaskName | null; reject: Reject | null }> {
  let rows = 0;
  let reject: Reject | null = null;
  const seen = {
    term: false,
    opinion: false,
    implicitOpinion: false,
    pairedCategory: false,
    category: false,
  };
  for await (const batch of file.importer.read(file.source, reading)) {
    for (const found of batch) {
      if (isReject(found)) {
        reject ??= found;
        continue;
      }
      rows++;
      for (const { term, category, opinion } of found.tuples) {
        if (term) seen.term = true;
        if (category) seen.category = true;
        // Categories that stand beside terms without being paired with them are another task's.
        if (category && term !== undefined) seen.pairedCategory = true;
        if (opinion) seen.opinion = true;
        if (opinion === null) seen.implicitOpinion = true;
      }
    }
    if (rows >= GUESS_ROWS) break;
  }
  return { task: taskOf(seen), reject };
}

interface Seen {
  readonly term: boolean;
  readonly category: boolean;
  readonly pairedCategory: boolean;
  readonly opinion: boolean;
  readonly implicitOpinion: boolean;
}

function taskOf({ term, category, pairedCategory, opinion, implicitOpinion }: Seen): TaskName | null {
  if (opinion && pairedCategory) return implicitOpinion ? 'acos' : 'asqp';
  if (opinion) return 'aste';
  if (term) return pairedCategory ? 'tasd' : 'atsa';
  return category ? 'acsa' : null;
}
