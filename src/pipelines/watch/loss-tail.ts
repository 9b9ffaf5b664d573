/** Loss by step out of a metrics.jsonl that is being written: reads on from where it was. */
import { stat } from 'node:fs/promises';
import { metricRecord } from '../../rpc/messages.js';
import type { CurvePoint } from '../../report/types.js';
import { readLines } from '../../runs/tail.js';

/** Points kept of each curve; beyond it every second one goes, and fewer are taken from then on. */
const MOST_POINTS = 4000;

export class LossTail {
  loss: CurvePoint[] = [];
  validationLoss: CurvePoint[] = [];
  #end = 0;
  #lastStep = 0;
  #every = 1;

  constructor(private readonly path: string) {}

  /** @returns whether there was anything new */
  async readOn(): Promise<boolean> {
    const { size } = await stat(this.path).catch(() => ({ size: 0 }));
    // A resumed attempt has cut off what it does again: where the file is read on from there is no line's start any more.
    if (size < this.#end) this.#end = 0;
    const before = this.#end;
    for (;;) {
      const { lines, end } = await readLines(this.path, this.#end);
      if (end === this.#end) return this.#end !== before;
      this.#end = end;
      for (const line of lines) this.#add(line);
    }
  }

  #add(line: unknown): void {
    const parsed = metricRecord.safeParse(line);
    if (!parsed.success) return;
    const { step, loss, validationLoss } = parsed.data;
    // A resumed attempt does its steps again.
    if (step <= this.#lastStep) {
      this.loss = this.loss.filter(({ x }) => x < step);
      this.validationLoss = this.validationLoss.filter(({ x }) => x < step);
    }
    this.#lastStep = step;
    if (loss !== null && step % this.#every === 0) this.loss.push({ x: step, y: loss });
    if (validationLoss !== null) this.validationLoss.push({ x: step, y: validationLoss });
    if (this.loss.length <= MOST_POINTS) return;
    this.#every *= 2;
    this.loss = this.loss.filter(({ x }) => x % this.#every === 0);
  }
}
