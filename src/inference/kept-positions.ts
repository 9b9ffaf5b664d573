/** Keys and values of the decoder's own positions: each is written once, behind those before it. */

/** Positions there is room for at first; it doubles. */
const FIRST_POSITIONS = 16;

export interface KeptSize {
  /** Keys and values of all layers. */
  readonly tensors: number;
  /** Numbers of one row's position in one of them. */
  readonly size: number;
  /** The most that are ever appended. */
  readonly positions: number;
}

/**
 * Tensors of [positions, rows, size], which grow by a position a step. The first is of zeros, and the graph hides it:
 * there is no tensor without any.
 */
export class KeptPositions {
  #length = 1;
  readonly #data: Float32Array[];

  constructor(
    private rows: number,
    private readonly settings: KeptSize,
  ) {
    const room = Math.min(FIRST_POSITIONS, 1 + settings.positions) * rows * settings.size;
    this.#data = Array.from({ length: settings.tensors }, () => new Float32Array(room));
  }

  /** Positions so far, the first one among them. */
  get length(): number {
    return this.#length;
  }

  /** What was written so far, of each tensor, where it lies. */
  written(): Float32Array[] {
    return this.#data.map((data) => data.subarray(0, this.#length * this.#step));
  }

  /** Room for one more position of each tensor. What `written` gave before stays as it is. */
  append(): Float32Array[] {
    const from = this.#length * this.#step;
    this.#length += 1;
    for (const [at, data] of this.#data.entries())
      if (data.length < from + this.#step) this.#data[at] = this.#widened(data, from);
    return this.#data.map((data) => data.subarray(from, from + this.#step));
  }

  /** Drops all rows but these, which stand in rising order. */
  keepRows(kept: readonly number[]): void {
    const { size } = this.settings;
    for (const data of this.#data) {
      let to = 0;
      for (let position = 0; position < this.#length; position += 1) {
        for (const row of kept) {
          const from = (position * this.rows + row) * size;
          data.copyWithin(to, from, from + size);
          to += size;
        }
      }
    }
    this.rows = kept.length;
  }

  get #step(): number {
    return this.rows * this.settings.size;
  }

  #widened(data: Float32Array, filled: number): Float32Array {
    const most = (1 + this.settings.positions) * this.#step;
    const wider = new Float32Array(Math.max(filled + this.#step, Math.min(2 * filled, most)));
    wider.set(data.subarray(0, filled));
    return wider;
  }
}
