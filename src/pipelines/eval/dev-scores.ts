/** The dev scores of a cell's epochs: which epoch is best, and whether a new one beats all before it. */
import { FsaError } from '../../errors.js';

/** A worker went on from a checkpoint whose scores did not survive what ended the run before. */
export class LostScoresError extends FsaError {
  constructor(epoch: number) {
    super('RUN_FOLDER', `The scores of the epochs before ${epoch} are lost.`);
  }
}

export class DevScores {
  readonly #f1: number[];

  /** @param f1 of the epochs of earlier attempts */
  constructor(f1: readonly number[]) {
    this.#f1 = [...f1];
  }

  get f1(): readonly number[] {
    return this.#f1;
  }

  /** 1-based; the first of equals; 0 where there are none. */
  get bestEpoch(): number {
    return this.#f1.length === 0 ? 0 : this.#f1.indexOf(Math.max(...this.#f1)) + 1;
  }

  /**
   * Puts an epoch's score in its place.
   * @returns whether it is strictly better than all earlier ones, as published
   * @throws LostScoresError where epochs before it have no score
   */
  judge(epoch: number, f1: number): boolean {
    if (epoch > this.#f1.length + 1) throw new LostScoresError(epoch);
    // A resumed attempt may do an epoch again; its scores and those after it are replaced.
    this.#f1.length = epoch - 1;
    const best = this.#f1.every((earlier) => f1 > earlier);
    this.#f1.push(f1);
    return best;
  }
}
