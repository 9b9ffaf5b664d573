/** Calls a consumer with the newest value whenever it is free; values in between are dropped. */
export class LatestOnly<Value> {
  readonly #consume: (value: Value) => unknown;
  readonly #onError: (error: unknown) => void;
  #next: { readonly value: Value } | null = null;
  #running: Promise<void> | null = null;
  #stopped = false;

  /** @param consume may return a promise: it counts as busy until that settles */
  constructor(consume: (value: Value) => unknown, onError: (error: unknown) => void) {
    this.#consume = consume;
    this.#onError = onError;
  }

  offer(value: Value): void {
    if (this.#stopped) return;
    this.#next = { value };
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Drops what waits: a slow consumer gets no further calls, and nobody waits for it. */
  stop(): void {
    this.#next = null;
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    for (let next = this.#next; next !== null; next = this.#next) {
      this.#next = null;
      try {
        await this.#consume(next.value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
