/** Which task a benchmark file is for, where nobody says. */
import { resolve, sep } from 'node:path';
import { findTaskName, TASK_CHOICE } from '../../tasks/registry.js';
import type { Task } from '../../tasks/vocabulary.js';
import { FsaError } from '../../errors.js';
import type { RawFile } from './file.js';
import { isObject, own } from '../formats/json-values.js';

/**
 * By the nearest folder named after a task, else by what the aspects have: only terms, or only categories.
 * @throws FsaError DATA where they have both
 */
export function taskOf(path: string, raw: RawFile): Task {
  const task = taskOfPath(path) ?? taskOfContent(raw);
  if (task !== null) return task;
  throw new FsaError(
    'DATA',
    'The aspects have terms and categories, so it is not clear which task is meant.',
    {
      where: raw.file,
      advice: `Put the dataset in a folder named ${TASK_CHOICE}, or name the task.`,
    },
  );
}

function taskOfPath(path: string): Task | null {
  const named = resolve(path).split(sep).reverse().map(findTaskName);
  return named.find((task) => task !== null) ?? null;
}

function taskOfContent(raw: RawFile): Task | null {
  let terms = false;
  let categories = false;
  for (const { value } of raw.rows) {
    const aspects = isObject(value) ? own(value, 'aspects') : null;
    if (!Array.isArray(aspects)) continue;
    for (const aspect of aspects as unknown[]) {
      if (!isObject(aspect)) continue;
      const target = own(aspect, 'target');
      terms ||= typeof target === 'string' && target !== 'NULL';
      categories ||= typeof own(aspect, 'category') === 'string' && own(aspect, 'category') !== '';
    }
  }
  if (terms === categories) return terms ? null : 'atsa';
  return terms ? 'atsa' : 'acsa';
}
