/** Ends jobs with an engine, all that are named meanwhile at once, and says which may be left and what ends them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isFsaError, messageOf } from '../../errors.js';
import type { Engine } from './engine.js';

const TRIES = 5;
const PAUSE_MS = 1_000;
/** More are not written out. */
const MOST_NAMED = 20;

export class TakeBack {
  readonly #ids = new Set<string>();
  /** Those of workers that have hung up: they end by themselves, and nobody need hear of it. */
  readonly #quiet = new Set<string>();
  #working: Promise<void> | null = null;

  constructor(
    private readonly engine: Pick<Engine, 'name' | 'patience' | 'cancel' | 'withdraw' | 'byHand'>,
    private readonly onWarning: (message: string) => void,
  ) {}

  /** @param hasHungUp whether its worker was seen to end */
  cancel(id: string, hasHungUp: boolean): void {
    this.#ids.add(id);
    if (hasHungUp) this.#quiet.add(id);
    this.#working ??= this.#work();
  }

  /**
   * Ends what an engine may have taken without an answer.
   * @param name of the submission
   */
  async withdraw(name: string): Promise<void> {
    await this.engine.withdraw(name).catch((error: unknown) => {
      this.#warn(
        `${this.engine.name} did not say whether it took a job of this run (${name}).`,
        this.engine.byHand({ name }),
        error,
      );
    });
  }

  /** Waits until nothing more is to be told to the engine. */
  async settled(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  async #work(): Promise<void> {
    // What is asked for in one go is one command.
    await Promise.resolve();
    for (let tries = 1; this.#ids.size > 0; tries += 1) {
      const ids = [...this.#ids];
      try {
        await this.engine.cancel(ids);
        this.#forget(ids);
        tries = 0;
      } catch (error) {
        if (tries >= TRIES || this.engine.patience.ending) this.#giveUp(error);
        else await sleep(PAUSE_MS * tries);
      }
    }
    this.#working = null;
  }

  #giveUp(error: unknown): void {
    const ids = [...this.#ids];
    const left = ids.filter((id) => !this.#quiet.has(id));
    this.#forget(ids);
    if (left.length === 0) return;
    const named = left.slice(0, MOST_NAMED);
    const more = left.length > named.length ? ` and ${left.length - named.length} more` : '';
    const jobs = `${left.length === 1 ? 'Job' : 'Jobs'} ${named.join(', ')}${more}`;
    this.#warn(`${jobs} may still be with ${this.engine.name}.`, this.engine.byHand({ ids: named }), error);
  }

  #warn(what: string, byHand: string | null, error: unknown): void {
    const now = byHand === null ? '' : ` \`${byHand}\` ends it now.`;
    const byItself = 'What is there ends by itself after a minute of hearing nothing from here.';
    this.onWarning(`${what}${now} ${byItself} (${wordsOf(error)})`);
  }

  #forget(ids: readonly string[]): void {
    for (const id of ids) {
      this.#ids.delete(id);
      this.#quiet.delete(id);
    }
  }
}

export function wordsOf(error: unknown): string {
  return isFsaError(error) ? [error.message, ...error.problems].join(' ') : messageOf(error);
}
