/**
 * Results of cells by job id, each kept as its JSON in a fifth of its bytes: of ten thousand of them the texts would
 * take 200 megabytes, and the objects several times as much.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { CellResult } from './types.js';

const jsons = new WeakMap<CellResult, string>();

/** The JSON of a result, once for its cell's state and for results.json. @param result must not change */
export function jsonOfResult(result: CellResult): string {
  let json = jsons.get(result);
  if (json === undefined) jsons.set(result, (json = JSON.stringify(result)));
  return json;
}

/** Its names and figures repeat: what better qualities find besides is not worth their time. */
const QUICKEST = { params: { [constants.BROTLI_PARAM_QUALITY]: 0 }, chunkSize: 8192 };

export class CellResults {
  /** Compressed. */
  readonly #texts = new Map<string, Buffer>();

  get size(): number {
    return this.#texts.size;
  }

  add(result: CellResult): void {
    this.addText(result.jobId, Buffer.from(jsonOfResult(result)));
  }

  /** @param text its JSON */
  addText(jobId: string, text: Uint8Array): void {
    // A copy: what comes of the call is the beginning of a longer buffer.
    this.#texts.set(jobId, Buffer.from(brotliCompressSync(text, QUICKEST)));
  }

  has(jobId: string): boolean {
    return this.#texts.has(jobId);
  }

  get(jobId: string): CellResult | undefined {
    const text = this.#read(jobId);
    return text === undefined ? undefined : (JSON.parse(text.toString()) as CellResult);
  }

  /** The JSON of one. */
  textOf(jobId: string): Uint8Array | undefined {
    return this.#read(jobId);
  }

  #read(jobId: string): Buffer | undefined {
    const compressed = this.#texts.get(jobId);
    return compressed === undefined ? undefined : brotliDecompressSync(compressed);
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
