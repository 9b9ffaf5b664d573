/** results.json while cells finish: always whole, never far behind, and never the bottleneck. */
import type { RunFolder } from '../../runs/run-folder.js';
import type { CellResult, ResultsFile } from '../../runs/types.js';
import type { PlannedCell } from './plan.js';

/** A thousand cells make a file of about a megabyte: writing it for each of them would cost more than it tells. */
const SHORTEST_INTERVAL_MS = 2000;

export class ResultsKeeper {
  readonly #results: Map<string, CellResult>;
  readonly #reasons = new Map<string, string>();
  #writtenAtMs = -Infinity;

  constructor(
    private readonly run: RunFolder,
    private readonly cells: readonly PlannedCell[],
    done: ReadonlyMap<string, CellResult>,
    /** Of earlier plans in this folder. */
    private readonly carried: Pick<ResultsFile, 'cells' | 'missing'>,
  ) {
    this.#results = new Map(done);
  }

  /** How many of these have numbers. */
  countOf(cells: readonly PlannedCell[]): number {
    return cells.filter(({ id }) => this.#results.has(id)).length;
  }

  async add(result: CellResult): Promise<void> {
    this.#results.set(result.jobId, result);
    this.#reasons.delete(result.jobId);
    await this.#writeSometimes();
  }

  async fail(jobId: string, reason: string): Promise<void> {
    this.#reasons.set(jobId, reason);
    await this.#writeSometimes();
  }

  async flush(): Promise<void> {
    await this.run.writeResults(this.file);
  }

  /** What the folder had and then the plan, in its order; what has no numbers is `missing`, with the reason. */
  get file(): ResultsFile {
    const missing = this.cells.filter(({ id }) => !this.#results.has(id));
    return {
      schema: 1,
      cells: [...this.carried.cells, ...this.cells.flatMap(({ id }) => this.#results.get(id) ?? [])],
      missing: [
        ...this.carried.missing,
        ...missing.map(({ id, key }) => ({
          jobId: id,
          ...key,
          reason: this.#reasons.get(id) ?? 'not run yet',
        })),
      ],
    };
  }

  async #writeSometimes(): Promise<void> {
    const now = performance.now();
    if (now - this.#writtenAtMs < SHORTEST_INTERVAL_MS) return;
    this.#writtenAtMs = now;
    await this.flush();
  }
}
