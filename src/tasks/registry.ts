/** The tasks by name. */
import { acos } from './acos.js';
import { acsa } from './acsa.js';
import { asqp } from './asqp.js';
import { aste } from './aste.js';
import { atsa } from './atsa.js';
import { tasd } from './tasd.js';
import type { TaskDefinition } from './task.js';
import { type ElementName, type TaskName, TASKS } from './vocabulary.js';

const DEFINITIONS: Readonly<Record<TaskName, TaskDefinition>> = { atsa, acsa, aste, tasd, asqp, acos };

export function taskNamed(name: TaskName): TaskDefinition {
  return DEFINITIONS[name];
}

/** The name in a text; null where it is no task's. */
export function findTaskName(text: string): TaskName | null {
  return TASKS.find((name) => name === text) ?? null;
}

/** The tasks whose tuples may leave an element implicit. */
export function tasksWithImplicit(element: ElementName): readonly TaskName[] {
  return TASKS.filter((name) => taskNamed(name).implicit.includes(element));
}

/** `atsa, acsa, … or acos`: for help and advice. */
export const TASK_CHOICE = `${TASKS.slice(0, -1).join(', ')} or ${TASKS.at(-1) ?? ''}`;

/** Whether a path is a built-in name such as `atsa/rest14`. */
export function isDatasetName(path: string): boolean {
  const [task, name, ...rest] = path.split('/');
  return (
    findTaskName(task ?? '') !== null && name !== undefined && /^[\w-]+$/.test(name) && rest.length === 0
  );
}
