/** Where the rows of an Arrow file came from: a file and a line for each, in a few bytes. */

export interface Place {
  readonly file: string;
  /** In a Parquet file the number of the row. */
  readonly line: number;
}

export class RowPlaces {
  readonly #files: string[] = [];
  /** Number of each file's first row. */
  readonly #starts: number[] = [];
  #lines = new Uint32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The rows of a file come one after the other. */
  add(file: string, line: number): void {
    if (this.#files.at(-1) !== file) {
      this.#files.push(file);
      this.#starts.push(this.#length);
    }
    if (this.#length === this.#lines.length) {
      const longer = new Uint32Array(this.#length * 2);
      longer.set(this.#lines);
      this.#lines = longer;
    }
    this.#lines[this.#length++] = line;
  }

  at(row: number): Place {
    let low = 0;
    for (let high = this.#starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= row) low = middle;
      else high = middle;
    }
    return { file: this.#files[low] ?? '', line: this.#lines[row] ?? 0 };
  }
}
