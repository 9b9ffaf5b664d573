/** results.json while cells finish: always whole, never far behind, and never the bottleneck. */
import type { RunFolder } from '../../runs/run-folder.js';
import type { CellResults } from '../../runs/cell-results.js';
import type { ResultsToWrite } from '../../runs/results-writer.js';
import type { CellResult, ResultsFile } from '../../runs/types.js';
import type { Carried } from './finished.js';
import type { PlannedCell } from './plan.js';

/** What a kill leaves out of the file stands in the cells' states, from which the next run writes it anew. */
const SHORTEST_INTERVAL_MS = 1000;
/** Ten thousand cells make a file of up to 200 megabytes: writing it may take up this share of the time. */
export const LARGEST_SHARE = 1 / 1000;

export class ResultsKeeper {
  readonly #results: CellResults;
  readonly #reasons = new Map<string, string>();
  #dueAtMs = -Infinity;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  /** Whether there is something that no write has begun to take down. */
  #isBehind = false;
  /** Of a write that nobody waited for. */
  #failure: { readonly error: unknown } | null = null;

  constructor(
    private readonly run: Pick<RunFolder, 'writeResults'>,
    private readonly cells: readonly PlannedCell[],
    done: CellResults,
    private readonly carried: Carried,
    private readonly now = (): number => performance.now(),
  ) {
    this.#results = done.copy();
  }

  /** Says what is planned before there is any number: a run that is killed in its first cells is listed with them. */
  async begin(): Promise<void> {
    if (this.#results.size === 0) await this.flush();
  }

  /** How many of these have numbers. */
  countOf(cells: readonly PlannedCell[]): number {
    return cells.filter(({ id }) => this.#results.has(id)).length;
  }

  /** @throws what the last write met, such as a full disk */
  add(result: CellResult): void {
    this.#results.add(result);
    this.#reasons.delete(result.jobId);
    this.#writeSoon();
  }

  /** @throws what the last write met, such as a full disk */
  fail(jobId: string, reason: string): void {
    this.#reasons.set(jobId, reason);
    this.#writeSoon();
  }

  /** Writes what there is now; to be called before anybody says that the run is over. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.run.writeResults(this.#toWrite());
  }

  /** What the folder had and then the plan, in its order; what has no numbers is `missing`, with the reason. */
  get file(): ResultsFile {
    const { cells, missing } = this.#toWrite();
    const results = Array.from(cells, (text) => JSON.parse(Buffer.from(text).toString()) as CellResult);
    return { schema: 1, cells: results, missing };
  }

  #toWrite(): ResultsToWrite {
    const missing = this.cells.filter(({ id }) => !this.#results.has(id));
    return {
      cells: this.#eachCell(),
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

  *#eachCell(): Generator<Uint8Array> {
    for (const [results, ids] of [
      [this.carried.cells, this.carried.cells.ids()],
      [this.#results, this.cells.map(({ id }) => id)],
    ] as const) {
      for (const id of ids) {
        const text = results.textOf(id);
        if (text !== undefined) yield text;
      }
    }
  }

  #writeSoon(): void {
    if (this.#failure !== null) throw this.#failure.error;
    this.#isBehind = true;
    if (this.#timer !== null || this.#isWriting) return;
    const waitMs = Math.max(0, this.#dueAtMs - this.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#writing = this.#write();
    }, waitMs).unref();
  }

  /** What came while the file was written. */
  #writeMore(): void {
    if (this.#isBehind && this.#failure === null) this.#writeSoon();
  }

  async #write(): Promise<void> {
    const beganMs = this.now();
    this.#isWriting = true;
    this.#isBehind = false;
    try {
      await this.run.writeResults(this.#toWrite());
    } catch (error) {
      this.#failure = { error };
    }
    this.#isWriting = false;
    const tookMs = this.now() - beganMs;
    this.#dueAtMs = beganMs + Math.max(SHORTEST_INTERVAL_MS, tookMs / LARGEST_SHARE);
    this.#writeMore();
  }
}
