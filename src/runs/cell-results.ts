/** Results of cells by job id, each kept as its JSON: as objects ten thousand of them would take 300 megabytes. */
import type { CellResult } from './types.js';

const jsons = new WeakMap<CellResult, string>();

/** The JSON of a result, once for its cell's state and for results.json. @param result must not change */
export function jsonOfResult(result: CellResult): string {
  let json = jsons.get(result);
  if (json === undefined) jsons.set(result, (json = JSON.stringify(result)));
  return json;
}

export class CellResults {
  readonly #texts = new Map<string, Buffer>();

  get size(): number {
    return this.#texts.size;
  }

  add(result: CellResult): void {
    this.#texts.set(result.jobId, Buffer.from(jsonOfResult(result)));
  }

  /** @param text its JSON */
  addText(jobId: string, text: Uint8Array): void {
    this.#texts.set(jobId, Buffer.from(text.buffer, text.byteOffset, text.byteLength));
  }

  has(jobId: string): boolean {
    return this.#texts.has(jobId);
  }

  get(jobId: string): CellResult | undefined {
    const text = this.#texts.get(jobId);
    return text === undefined ? undefined : (JSON.parse(text.toString()) as CellResult);
  }

  /** The JSON of one. */
  textOf(jobId: string): Uint8Array | undefined {
    return this.#texts.get(jobId);
  }

  delete(jobId: string): void {
    this.#texts.delete(jobId);
  }

  /** Job ids in the order of the alphabet. */
  ids(): string[] {
    return [...this.#texts.keys()].sort();
  }

  /** A copy that goes its own way. */
  copy(): CellResults {
    const copy = new CellResults();
    for (const [id, text] of this.#texts) copy.#texts.set(id, text);
    return copy;
  }
}
