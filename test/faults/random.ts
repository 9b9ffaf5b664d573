/** Seeded choices of faults and moments: printed, so that what failed can be done again. */

export class Dice {
  #state: number;

  /** @param name environment variable that names a seed */
  constructor(name: string) {
    const given = process.env[name];
    this.#state = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
    console.log(`${name}=${this.#state}`);
  }

  /** Uniform in [0, below). */
  real(below: number): number {
    // A linear congruential generator (Numerical Recipes): enough for choosing moments.
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#state / 2 ** 32) * below;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.real(from.length))] as T;
  }
}
