/** The dev scores of a cell's epochs: which epoch is best, and whether a new one beats all before it. */
import { FsaError } from '../../errors.js';

export class DevScores {
  readonly #f1: number[];

  /** @param f1 of the epochs of earlier attempts */
  constructor(
    f1: readonly number[],
    private readonly place: { readonly label: string; readonly jobId: string },
  ) {
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
   * @throws FsaError RUN_FOLDER where epochs before it have no score
   */
  judge(epoch: number, f1: number): boolean {
    if (epoch > this.#f1.length + 1) {
      throw new FsaError('RUN_FOLDER', `The scores of the epochs before ${epoch} are lost.`, {
        where: this.place.label,
        advice: `Delete the folder jobs/${this.place.jobId} of the run and run the command again.`,
      });
    }
    // A resumed attempt may do an epoch again; its scores and those after it are replaced.
    this.#f1.length = epoch - 1;
    const best = this.#f1.every((earlier) => f1 > earlier);
    this.#f1.push(f1);
    return best;
  }
}
