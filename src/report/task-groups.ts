/** The groups of one task, found by their place in its table. */
import type { Task } from '../tasks/vocabulary.js';
import type { Group } from './series.js';

export interface TaskGroups {
  readonly task: Task;
  readonly models: readonly string[];
  readonly datasets: readonly string[];
  /** Ascending. */
  readonly shares: readonly number[];
  find(model: string, dataset: string, trainShare: number): Group | undefined;
  readonly all: readonly Group[];
}

export function indexGroups(task: Task, all: readonly Group[]): TaskGroups {
  const key = (model: string, dataset: string, share: number) => JSON.stringify([model, dataset, share]);
  const byPlace = new Map(all.map((group) => [key(group.model, group.dataset, group.trainShare), group]));
  return {
    task,
    all,
    models: [...new Set(all.map((group) => group.model))],
    datasets: [...new Set(all.map((group) => group.dataset))],
    shares: [...new Set(all.map((group) => group.trainShare))].sort((a, b) => a - b),
    find: (model, dataset, share) => byPlace.get(key(model, dataset, share)),
  };
}

/** Model and share of each row; a share that a model is planned for nowhere has no row. */
export function rowKeys(groups: TaskGroups): { model: string; trainShare: number }[] {
  return groups.models.flatMap((model) =>
    groups.shares
      .filter((share) => groups.datasets.some((dataset) => groups.find(model, dataset, share) !== undefined))
      .map((trainShare) => ({ model, trainShare })),
  );
}
