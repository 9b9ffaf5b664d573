/** The cells of an eval as their models can write and see their datasets. */
import type { Config } from '../../config/schema.js';
import type { Emit } from '../../events.js';
import { decidesTokens } from '../../storage/model-files.js';
import { JobFailedError } from '../../workers/errors.js';
import type { Worker } from '../../workers/worker.js';
import type { Cell } from '../eval/plan.js';
import type { ModelSource } from '../sources/model.js';
import { measureReach, type Reach } from './measure.js';

interface CellReachInput {
  readonly models: ReadonlyMap<string, ModelSource>;
  readonly config: Config;
  /** For files in between. */
  readonly folder: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/**
 * Cells with the reach of their datasets, and with the rows that predictions are compared with. A model whose
 * tokenizer does not load keeps its cells as they are: they fail by themselves, and say why.
 * @throws FsaError DATA where no gold target of a split can be written
 */
export async function withReach(
  cells: readonly Cell[],
  worker: Worker,
  { models, config, folder, emit, signal }: CellReachInput,
): Promise<Cell[]> {
  const reaches = new Map<string, ReadonlyMap<string, Reach>>();
  const { device, threads } = worker.slot;
  for (const [name, source] of models) {
    const own = cells.filter(({ key }) => key.model === name);
    if (own.length === 0) continue;
    const datasets = [...new Set(own.map(({ dataset }) => dataset))];
    const jobId = `round-trip-${reaches.size + 1}`;
    try {
      const reach = await measureReach({
        ...{ name, datasets, settings: config.eval, folder, emit, signal },
        ...{ model: source.folder, modelFiles: source.files.filter((file) => decidesTokens(file.name)) },
        run: async (spec) =>
          await worker.run<'round-trip'>(
            { ...spec, placement: { device, threads } },
            { jobId, attempt: 1, signal },
          ),
      });
      reaches.set(name, reach);
    } catch (error) {
      if (!(error instanceof JobFailedError)) throw error;
      const message = `What its tokenizer leaves of the gold is not known: ${error.message}`;
      emit({ type: 'warning', message, where: name });
    }
  }
  return cells.map((cell): Cell => {
    const reach = reaches.get(cell.key.model)?.get(cell.dataset.label);
    if (reach === undefined) return cell;
    const { dev, test, splits } = reach;
    return { ...cell, dataset: { ...cell.dataset, dev, test }, reach: splits };
  });
}
