/** The next batch, as large as a file, the server and the budget allow: written and planned, not sent. */
import { randomBytes } from 'node:crypto';
import { TextWriter } from '../../data/formats/text-writer.js';
import { FsaError } from '../../errors.js';
import { type AskItem, worstCost } from '../asking/ask-all.js';
import type { ModelPlace } from '../llm/model-name.js';
import { add, type Amount, type Budget, type Hold, NOTHING } from '../spending/budget.js';
import type { Price } from '../spending/price.js';
import type { BatchContents, BatchFiles, BatchRow } from './batch-files.js';
import { type BatchLedger, type OpenBatch, whoOf } from './ledger.js';
import { writeBatchLine } from './lines.js';
import type { BatchDoor } from './service.js';

/** What providers take in a file is 100 MB at least. */
const MOST_BYTES = 95e6;

export interface FillParts {
  readonly door: BatchDoor;
  readonly place: ModelPlace;
  readonly price: Price | null;
  readonly ledger: BatchLedger;
  readonly budget: Budget;
  readonly maxRows: number;
}

export interface FilledBatch {
  readonly batch: OpenBatch;
  readonly contents: BatchContents;
  readonly hold: Hold;
}

/**
 * Takes questions off `rest`, of which there is one at least; waits while batches under way hold what it would cost.
 * @throws FsaError BUDGET where not one question will ever fit
 */
export async function fillBatch(
  rest: Pushback,
  log: string,
  files: BatchFiles,
  parts: FillParts,
): Promise<FilledBatch> {
  const { budget, price, ledger, place } = parts;
  const first = await rest.peek();
  if (first === null) throw new Error('there is no question to hand in');
  await waitForRoom(worstCost(first, price), budget);
  const token = randomBytes(8).toString('hex');
  const { rows, worst } = await writeQuestions(rest, files.questionsPath(token), parts);
  const { prefill, sampling } = first.question;
  const contents = { prefill, maxAnswerTokens: sampling.maxAnswerTokens, rows };
  await files.writeContents(token, contents);
  const planned = {
    ...{ token, log, who: whoOf(place), rows: rows.size, ...worst },
    time: new Date().toISOString(),
  };
  await ledger.add({ type: 'planned', ...planned });
  return { batch: { ...planned, fileId: null, batchId: null }, contents, hold: budget.hold(worst) };
}

async function waitForRoom(worst: Amount, budget: Budget): Promise<void> {
  const hold = await budget.reserve(worst);
  if (hold !== null) {
    hold.release();
    return;
  }
  throw new FsaError('BUDGET', 'The budget does not allow another batch.', {
    advice: 'Raise the budget and run the same command again: it goes on from here, and pays nothing twice.',
  });
}

async function writeQuestions(
  rest: Pushback,
  path: string,
  { budget, price, maxRows, door }: FillParts,
): Promise<{ rows: ReadonlyMap<string, BatchRow>; worst: Amount }> {
  const writer = await TextWriter.create(path);
  const rows = new Map<string, BatchRow>();
  let [bytes, worst]: [number, Amount] = [0, NOTHING];
  try {
    for (let item = await rest.peek(); item !== null && rows.size < maxRows; item = await rest.peek()) {
      const line = writeBatchLine(item.key, door.requestOf(item.question));
      const [sum, size] = [add(worst, worstCost(item, price)), bytes + Buffer.byteLength(line)];
      if (rows.size > 0 && (!fits(sum, budget) || size > MOST_BYTES)) break;
      rest.take();
      if (rows.has(item.key)) continue;
      await writer.write(line);
      rows.set(item.key, { id: item.id, worst: worstCost(item, price) });
      [bytes, worst] = [size, sum];
    }
    await writer.finish();
    return { rows, worst };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

function fits(sum: Amount, { left }: Budget): boolean {
  return (
    (left.nanoUsd === null || sum.nanoUsd <= left.nanoUsd) &&
    (left.tokens === null || sum.tokens <= left.tokens)
  );
}

/** Items one at a time, the next of which can be looked at before it is taken. */
export class Pushback {
  #next: AskItem | null = null;

  constructor(
    private readonly iterator: AsyncIterator<AskItem>,
    private readonly isWanted: (key: string) => boolean,
  ) {}

  async peek(): Promise<AskItem | null> {
    while (this.#next === null) {
      const next = await this.iterator.next();
      if (next.done === true) return null;
      if (this.isWanted(next.value.key)) this.#next = next.value;
    }
    return this.#next;
  }

  take(): void {
    this.#next = null;
  }

  async close(): Promise<void> {
    await this.iterator.return?.();
  }
}
