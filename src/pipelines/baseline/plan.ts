/** The cells of a baseline: language model × dataset × shots × seed. */
import type { Config } from '../../config/schema.js';
import { jobIdOf } from '../../runs/identity.js';
import type { Job } from '../../scheduler/schedule.js';
import type { EvalDataset } from '../eval/datasets.js';
import { labelOf, type CellKey } from '../eval/plan.js';
import type { Teacher } from '../llm/teacher.js';

export interface BaselineCell extends Job {
  readonly key: CellKey;
  readonly label: string;
  readonly dataset: EvalDataset;
  /** The model as the settings name it. */
  readonly llm: string;
  readonly shots: number;
}

/** Without demonstrations nothing is drawn: one seed is enough there. */
export function planBaseline(
  { baseline }: Config,
  datasets: readonly EvalDataset[],
  teachers: ReadonlyMap<string, Teacher>,
): BaselineCell[] {
  const { shots, seeds, demos, temperature, maxAnswerTokens } = baseline;
  return [...teachers].flatMap(([llm, { place }]) =>
    datasets.flatMap((dataset) =>
      shots.flatMap((count) =>
        (count === 0 ? seeds.slice(0, 1) : seeds).map((seed) => {
          const { task, name, files } = dataset;
          const model = `${llm} ${count}-shot`;
          const key: CellKey = { model, task, dataset: name, seed, trainShare: 1 };
          const asked = { name: place.name, model: place.model, demos, temperature, maxAnswerTokens };
          const id = jobIdOf({ kind: 'in-context', key, files, rows: dataset.test.length, ...asked });
          const cost = dataset.test.length * (1 + count);
          return { id, affinity: llm, cost, key, label: labelOf(key), dataset, llm, shots: count };
        }),
      ),
    ),
  );
}
