/**
 * What became of each batch, a line at each step in `batches.ndjson`: planned before anything is sent, so that a kill at
 * any step loses no batch and hands none in twice.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { FsaError } from '../../errors.js';
import { keepWholeLines } from '../../runs/lines.js';
import { jsonOrNull } from '../../storage/json-or-null.js';
import { GroupWriter } from '../answers/group-writer.js';
import { add, type Amount, NOTHING } from '../spending/budget.js';

const planned = z.object({
  type: z.literal('planned'),
  /** Goes with the batch as `metadata.fsa`, and names its files. */
  token: z.string(),
  /** The log its answers go to. */
  log: z.string(),
  /** Server and model. */
  who: z.string(),
  rows: z.int(),
  /** The most it may cost. */
  nanoUsd: z.int(),
  tokens: z.int(),
  time: z.string(),
});

const lineSchema = z.discriminatedUnion('type', [
  planned,
  z.object({ type: z.literal('uploaded'), token: z.string(), fileId: z.string() }),
  z.object({ type: z.literal('created'), token: z.string(), batchId: z.string() }),
  z.object({
    type: z.literal('ended'),
    token: z.string(),
    status: z.string(),
    answered: z.int(),
    failed: z.int(),
    missing: z.int(),
  }),
]);
type Line = z.infer<typeof lineSchema>;

export interface OpenBatch extends Omit<z.infer<typeof planned>, 'type'> {
  /** Null until the step was written down; the server may have done it all the same. */
  readonly fileId: string | null;
  readonly batchId: string | null;
}

/** Whose batches they are. */
export const whoOf = ({ name, model }: { readonly name: string; readonly model: string }): string =>
  `${name} ${model}`;

export class BatchLedger {
  readonly #open = new Map<string, OpenBatch>();
  #count = 0;

  private constructor(private readonly writer: GroupWriter) {}

  /** @throws FsaError RUN_FOLDER naming the line that is not ours */
  static async open(path: string, onFullDisk: () => void): Promise<BatchLedger> {
    await keepWholeLines(path);
    const ledger = new BatchLedger(await GroupWriter.open(path, onFullDisk));
    let number = 0;
    for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      number += 1;
      const parsed = lineSchema.safeParse(jsonOrNull(text));
      if (!parsed.success) {
        await ledger.close();
        throw new FsaError('RUN_FOLDER', 'A line of the list of batches is not what fsa wrote.', {
          where: `${path}:${number}`,
          advice: 'Restore the file: it says which batches are under way, and paid for.',
          cause: parsed.error,
        });
      }
      ledger.#note(parsed.data);
    }
    return ledger;
  }

  /** Handed in, or about to be, and not read back yet. */
  get underWay(): readonly OpenBatch[] {
    return [...this.#open.values()];
  }

  /** The most that they may cost. */
  get worst(): Amount {
    return this.underWay.reduce<Amount>(add, NOTHING);
  }

  /** How many there were in all. */
  get count(): number {
    return this.#count;
  }

  /** Resolves when it is on the disk. */
  async add(line: Line): Promise<void> {
    await this.writer.add(`${JSON.stringify(line)}\n`, true);
    this.#note(line);
  }

  async close(): Promise<void> {
    await this.writer.close();
  }

  #note(line: Line): void {
    if (line.type === 'planned') {
      const { type: _, ...batch } = line;
      this.#count += 1;
      this.#open.set(line.token, { ...batch, fileId: null, batchId: null });
      return;
    }
    const known = this.#open.get(line.token);
    if (known === undefined) return;
    if (line.type === 'uploaded') this.#open.set(line.token, { ...known, fileId: line.fileId });
    else if (line.type === 'created') this.#open.set(line.token, { ...known, batchId: line.batchId });
    else this.#open.delete(line.token);
  }
}
