/** The answers of a batch that is over, from its output and its error file into the log. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { TransientError } from '../../net/retry.js';
import type { AnswerLog } from '../answers/answer-log.js';
import { AskFailure, type Usage } from '../llm/provider.js';
import type { ModelPlace } from '../llm/model-name.js';
import { add, type Amount, NOTHING } from '../spending/budget.js';
import { costOf, type Price } from '../spending/price.js';
import type { BatchContents, BatchRow } from './batch-files.js';
import { type BatchOutcome, isLeftOut, outcomeOf, readBatchLine } from './lines.js';
import type { BatchService, BatchState } from './service.js';

export interface TakeInParts {
  readonly service: BatchService;
  readonly place: ModelPlace;
  readonly price: Price | null;
  readonly log: AnswerLog;
  readonly contents: BatchContents;
  /** Times that a question failed before this one. */
  readonly triesOf: (key: string) => number;
  readonly onDone: (outcome: 'answered' | 'failed', usage: Usage | null) => void;
  readonly signal: AbortSignal;
}

/** A question that got a line without an answer so often gets no other. */
const TRIES = 2;

/** What came of a batch so far; kept over several tries to read it. */
export class TakenIn {
  /** Keys without a line yet. */
  readonly missing: Map<string, BatchRow>;
  /** Keys whose failure may pass, with its reason. */
  readonly failed = new Map<string, string>();
  readonly givenUp = new Set<string>();
  answered = 0;
  spent: Amount = NOTHING;
  possible: Amount = NOTHING;

  constructor(private readonly parts: TakeInParts) {
    this.missing = new Map(parts.contents.rows);
  }

  /** Reads what the server has; may be called again after AskFailure. */
  async read(state: BatchState): Promise<void> {
    for (const fileId of [state.output_file_id, state.error_file_id]) {
      if (fileId == null) continue;
      try {
        const bytes = await this.parts.service.download(fileId, this.parts.signal);
        const lines = createInterface({ input: Readable.from(bytes), crlfDelay: Infinity });
        for await (const text of lines) await this.#takeLine(text);
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        throw new AskFailure(error.message, 'again', { charged: 'no' });
      }
    }
    const completed = state.request_counts?.completed ?? 0;
    if (completed > this.answered + this.failed.size + this.givenUp.size) await this.#keepMissing();
  }

  async #takeLine(text: string): Promise<void> {
    const { log, place, contents, onDone } = this.parts;
    const line = readBatchLine(text);
    const key = line?.custom_id ?? '';
    const row = this.missing.get(key);
    if (line === null || row === undefined || isLeftOut(line)) return;
    this.missing.delete(key);
    if (log.index.has(key)) {
      this.answered += 1;
      return;
    }
    const { prefill, maxAnswerTokens } = contents;
    const sampling = { temperature: 0, maxAnswerTokens, stop: [], seed: null };
    const outcome = outcomeOf(line, { prefill, sampling }, place);
    const head = { key, id: row.id, attempt: this.parts.triesOf(key) + 1 };
    if (outcome.type === 'failure') {
      await this.#fail(head, outcome, row.worst);
      return;
    }
    const { usage, finish, servedModel: model, requestId, text: said } = outcome.answer;
    const amount = this.#count(usage, row.worst);
    const about = { finish, model, requestId, usage, exact: usage !== null, ms: 0, reusedFrom: null };
    await log.answered({ type: 'answered', ...head, ...amount, ...about, text: said });
    this.answered += 1;
    onDone('answered', usage);
  }

  async #fail(
    head: { readonly key: string; readonly id: string; readonly attempt: number },
    { reason, final: isFinal, charged }: Extract<BatchOutcome, { type: 'failure' }>,
    worst: Amount,
  ): Promise<void> {
    const { log, onDone } = this.parts;
    const usage = typeof charged === 'object' ? charged : null;
    const amount = charged === 'no' ? NOTHING : this.#count(usage, worst);
    const final = isFinal || head.attempt >= TRIES;
    const exact = charged !== 'possibly';
    await log.failed({ type: 'failed', ...head, ...amount, exact, reason, final });
    if (final) {
      this.givenUp.add(head.key);
      onDone('failed', usage);
    } else this.failed.set(head.key, reason);
  }

  #count(usage: Usage | null, worst: Amount): Amount {
    const amount = usage === null ? worst : costOf(usage, this.parts.price);
    if (usage === null) this.possible = add(this.possible, amount);
    else this.spent = add(this.spent, amount);
    return amount;
  }

  /** The server says that it answered more than it gives: that may be charged. */
  async #keepMissing(): Promise<void> {
    for (const [key, { id, worst }] of this.missing) {
      this.possible = add(this.possible, worst);
      const reason = 'The batch gives no answer that it says it has';
      const head = { key, id, attempt: 1, ...worst, exact: false };
      await this.parts.log.failed({ type: 'failed', ...head, reason, final: false });
    }
  }
}
