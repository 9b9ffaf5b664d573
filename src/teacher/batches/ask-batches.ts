/**
 * Asks many questions in batches: as many as fit into a file and the budget are handed in together, and read back when
 * the server is done. What a batch leaves out goes into another one. A kill at any step loses nothing: the ledger says
 * how far each batch had come, and the server knows it by its token.
 */
import { existsSync } from 'node:fs';
import type { Emit } from '../../events.js';
import { FsaError } from '../../errors.js';
import type { AnswerLog } from '../answers/answer-log.js';
import type { AskItem } from '../asking/ask-all.js';
import type { ModelPlace } from '../llm/model-name.js';
import type { Usage } from '../llm/provider.js';
import type { Budget, Hold } from '../spending/budget.js';
import type { Price } from '../spending/price.js';
import { type BatchContents, BatchFiles } from './batch-files.js';
import { fillBatch, Pushback } from './fill-batch.js';
import { type BatchLedger, type OpenBatch, whoOf } from './ledger.js';
import { patiently, type Patience } from './patiently.js';
import { judgeEnd, newRound, refuseStandstill, type Round } from './round.js';
import { type BatchDoor, type BatchState, isOver } from './service.js';
import { TakenIn } from './take-in.js';

export interface BatchParts extends Patience {
  readonly door: BatchDoor;
  readonly place: ModelPlace;
  readonly price: Price | null;
  readonly ledger: BatchLedger;
  /** Where the files of batches under way lie. */
  readonly folder: string;
  readonly budget: Budget;
  readonly maxRows: number;
  readonly pollMs: number;
  /** Called before the first batch is made: finds out how the server wants to be asked. */
  readonly probe: () => Promise<void>;
  readonly emit: Emit;
}

export interface BatchListener {
  readonly onDone: (outcome: 'answered' | 'failed', usage: Usage | null) => void;
  /** Questions of a batch that the server has dealt with, before they are read back. */
  readonly onServer: (token: string, done: number) => void;
}

export class BatchAsker {
  readonly #files: BatchFiles;
  readonly #holds = new Map<string, Hold>();
  #filling: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: BatchParts) {
    this.#files = new BatchFiles(parts.folder);
    for (const batch of this.#own()) this.#holds.set(batch.token, parts.budget.hold(batch));
  }

  /**
   * @param pending what has no answer yet; called again for every round
   * @throws FsaError API, BUDGET when what is under way has been read back; the signal's reason at once
   */
  async ask(pending: () => AsyncIterable<AskItem>, log: AnswerLog, listener: BatchListener): Promise<void> {
    await this.#files.removeOthers(new Set(this.parts.ledger.underWay.map(({ token }) => token)));
    const tries = new Map<string, number>();
    const givenUp = new Set<string>();
    for (;;) {
      const round = newRound();
      const following: Promise<void>[] = [];
      const follow = (batch: OpenBatch, contents: BatchContents, wasMade: boolean): void => {
        const one = this.#follow(batch, { contents, wasMade, log, listener, tries, round });
        one.catch((error: unknown) => (round.stopped ??= error as Error));
        following.push(one);
      };
      const taken = await this.#adopt(log, follow);
      await this.#handInAll(pending(), { taken, givenUp, log, follow }).catch((error: unknown) => {
        round.stopped ??= error as Error;
      });
      await Promise.allSettled(following);
      this.parts.signal.throwIfAborted();
      if (round.stopped !== null) throw round.stopped;
      if (following.length === 0) return;
      for (const key of round.givenUp) givenUp.add(key);
      for (const key of round.failed.keys()) tries.set(key, (tries.get(key) ?? 0) + 1);
      refuseStandstill(round);
    }
  }

  /** Ends every batch under way, and reads back what was answered until then. */
  async cancelAll(log: AnswerLog, listener: BatchListener): Promise<number> {
    const round = newRound();
    const batches = this.#own().filter((batch) => batch.log === log.name);
    for (const batch of batches) {
      const { token } = batch;
      const known = batch.batchId ?? (await this.#find(token))?.id ?? null;
      if (known === null) {
        await this.#end(token, 'never handed in', { answered: 0, failed: 0, missing: batch.rows });
        continue;
      }
      if (batch.batchId === null) await this.parts.ledger.add({ type: 'created', token, batchId: known });
      await this.#cancel(known);
      const contents = await this.#files.readContents(token);
      const made = { ...batch, batchId: known };
      await this.#follow(made, { contents, wasMade: true, log, listener, tries: new Map(), round });
    }
    return batches.length;
  }

  /** Batches of this server and model. */
  #own(): OpenBatch[] {
    const who = whoOf(this.parts.place);
    return this.parts.ledger.underWay.filter((batch) => batch.who === who);
  }

  /** Takes up the batches of earlier starts; the keys they hold. */
  async #adopt(
    log: AnswerLog,
    follow: (batch: OpenBatch, contents: BatchContents, wasMade: boolean) => void,
  ): Promise<ReadonlySet<string>> {
    const taken = new Set<string>();
    for (const batch of this.#own().filter((one) => one.log === log.name)) {
      const contents = await this.#files.readContents(batch.token);
      for (const key of contents.rows.keys()) taken.add(key);
      follow(batch, contents, false);
    }
    return taken;
  }

  async #handInAll(
    items: AsyncIterable<AskItem>,
    {
      taken,
      givenUp,
      log,
      follow,
    }: {
      readonly taken: ReadonlySet<string>;
      readonly givenUp: ReadonlySet<string>;
      readonly log: AnswerLog;
      readonly follow: (batch: OpenBatch, contents: BatchContents, wasMade: boolean) => void;
    },
  ): Promise<void> {
    const rest = new Pushback(items[Symbol.asyncIterator](), (key) => !taken.has(key) && !givenUp.has(key));
    try {
      while ((await rest.peek()) !== null) {
        await this.parts.probe();
        // One at a time, so that two kinds of question do not count on the same money.
        const filled = this.#filling.then(
          async () => await fillBatch(rest, log.name, this.#files, this.parts),
        );
        this.#filling = filled.catch(() => undefined);
        const { batch, contents, hold } = await filled;
        this.#holds.set(batch.token, hold);
        follow(batch, contents, true);
      }
    } finally {
      await rest.close();
    }
  }

  /** From wherever a batch is to its end. */
  async #follow(
    batch: OpenBatch,
    { contents, wasMade, log, listener, tries, round }: FollowParts,
  ): Promise<void> {
    const { door, place, price, pollMs, clock, signal } = this.parts;
    const { service } = door;
    const id = batch.batchId ?? (await this.#handIn(batch, wasMade));
    let state = await patiently(async () => await service.retrieve(id, signal), this.parts);
    while (!isOver(state)) {
      const { completed = 0, failed = 0 } = state.request_counts ?? {};
      listener.onServer(batch.token, completed + failed);
      await clock.sleep(pollMs, signal);
      state = await patiently(async () => await service.retrieve(id, signal), this.parts);
    }
    const { onDone } = listener;
    const triesOf = (key: string): number => tries.get(key) ?? 0;
    const taken = new TakenIn({ service, place, price, log, contents, triesOf, onDone, signal });
    const over = state;
    listener.onServer(batch.token, 0);
    try {
      await patiently(async () => await taken.read(over), this.parts);
    } catch (error) {
      // What was read is paid for; the rest stays under way, and is read by the next start.
      this.#holds.get(batch.token)?.keep();
      this.#holds.delete(batch.token);
      throw error;
    }
    const { answered, failed, givenUp, missing } = taken;
    this.#holds.get(batch.token)?.settle(taken.spent, taken.possible);
    this.#holds.delete(batch.token);
    const counts = { answered, failed: failed.size + givenUp.size, missing: missing.size };
    await this.#end(batch.token, state.status, counts);
    this.#tell(batch, state, counts);
    round.answered += answered;
    for (const [key, reason] of failed) round.failed.set(key, reason);
    for (const key of givenUp) round.givenUp.add(key);
    judgeEnd(batch, state, round);
  }

  /** Makes the batch at the server, unless an earlier start did and could not write it down. */
  async #handIn({ token, fileId, rows }: OpenBatch, isNew: boolean): Promise<string> {
    const { ledger, door, signal } = this.parts;
    const { service } = door;
    let made = isNew ? null : await this.#find(token);
    if (made === null) {
      const path = this.#files.questionsPath(token);
      if (fileId === null && !existsSync(path)) {
        throw new FsaError('RUN_FOLDER', 'The questions of a batch are gone.', { where: path });
      }
      const file = fileId ?? (await patiently(async () => await service.upload(path, signal), this.parts));
      if (fileId === null) await ledger.add({ type: 'uploaded', token, fileId: file });
      let attempt = 0;
      made = await patiently(async () => {
        attempt += 1;
        // A lost answer may have made it.
        const earlier = attempt === 1 ? null : await service.find(token, signal);
        return earlier ?? (await service.create(file, token, signal));
      }, this.parts);
    }
    await ledger.add({ type: 'created', token, batchId: made.id });
    const message = `${rows} questions are with the server as a batch: this may take up to a day. After Ctrl-C they go on there, and the same command fetches them.`;
    this.parts.emit({ type: 'warning', message, where: made.id });
    return made.id;
  }

  async #find(token: string): Promise<BatchState | null> {
    const { door, signal } = this.parts;
    return await patiently(async () => await door.service.find(token, signal), this.parts);
  }

  /** A batch that is over already cannot be ended: what it has is read all the same. */
  async #cancel(id: string): Promise<void> {
    const { door, signal } = this.parts;
    const state = await patiently(async () => await door.service.retrieve(id, signal), this.parts);
    if (isOver(state) || state.status === 'cancelling') return;
    await patiently(async () => await door.service.cancel(id, signal), this.parts);
  }

  async #end(
    token: string,
    status: string,
    counts: { readonly answered: number; readonly failed: number; readonly missing: number },
  ): Promise<void> {
    this.#holds.get(token)?.release();
    this.#holds.delete(token);
    await this.parts.ledger.add({ type: 'ended', token, status, ...counts });
    await this.#files.remove(token);
  }

  #tell(
    { batchId, token }: OpenBatch,
    { status }: BatchState,
    {
      answered,
      failed,
      missing,
    }: { readonly answered: number; readonly failed: number; readonly missing: number },
  ): void {
    if (failed + missing === 0) return;
    const message = `A batch is ${status}: ${answered} answers, ${failed} failed, ${missing} not answered.`;
    this.parts.emit({ type: 'warning', message, where: batchId ?? token });
  }
}

interface FollowParts {
  readonly contents: BatchContents;
  /** Whether this start made it: then the server cannot know it yet. */
  readonly wasMade: boolean;
  readonly log: AnswerLog;
  readonly listener: BatchListener;
  readonly tries: ReadonlyMap<string, number>;
  readonly round: Round;
}
