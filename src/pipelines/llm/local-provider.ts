/**
 * A language model in the pinned runtime as the second implementation of `Provider`: questions that wait at the same
 * time are answered together by one worker.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { requireRuntime } from '../../runtime/drift.js';
import type { Slot } from '../../runtime/slot.js';
import type { ModelPlace } from '../../teacher/llm/model-name.js';
import { type Answer, AskFailure, type Provider, type Question } from '../../teacher/llm/provider.js';
import { ONLY_THOUGHTS } from '../../teacher/llm/read-answer.js';
import { withoutThoughts } from '../../teacher/reading/thinking.js';
import { openWorkerHost } from '../../workers/host.js';
import type { Worker } from '../../workers/worker.js';
import { findSlots } from '../run/slots.js';
import { type ModelSource, resolveModel } from '../sources/model.js';

interface Waiting {
  readonly question: Question;
  readonly answered: (answer: Answer) => void;
  readonly failed: (error: unknown) => void;
}

/** Rows that `generate` works on at once. */
const BATCH_ROWS = 16;

/** Starts no worker before the first question; `close` leaves none behind. */
export function openLocal(place: ModelPlace, config: Config, cwd: string): Provider {
  const local = new LocalModel(place, config, cwd);
  return {
    name: place.name,
    model: place.model,
    ask: async (question, signal) => await local.ask(question, signal),
    probe: async (signal) => {
      const answer = await local.ask(PROBE, signal);
      const warnings: string[] = [];
      if (config.teach.temperature > 0)
        warnings.push('The model answers greedily: teach.temperature is not heeded.');
      const { servedModel } = answer;
      return { answer, traits: { servedModel, warnings, holdsForms: false, takesSeed: false } };
    },
    close: async () => await local.close(),
  };
}

const PROBE: Question = {
  messages: [{ role: 'user', content: 'Answer with the word yes.' }],
  prefill: null,
  sampling: { temperature: 0, maxAnswerTokens: 4, stop: [], seed: null },
};

class LocalModel {
  #waiting: Waiting[] = [];
  #answering: Promise<void> | null = null;
  #opened: Promise<Opened> | null = null;
  #calls = 0;

  constructor(
    private readonly place: ModelPlace,
    private readonly config: Config,
    private readonly cwd: string,
  ) {}

  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    return await new Promise<Answer>((answered, failed) => {
      this.#waiting.push({ question, answered, failed });
      this.#answering ??= this.#answerAll(signal);
    });
  }

  async close(): Promise<void> {
    await this.#answering?.catch(() => undefined);
    const opened = await this.#opened?.catch(() => null);
    await opened?.close();
  }

  async #answerAll(signal: AbortSignal): Promise<void> {
    // A tick later, so that questions asked together are answered together.
    await new Promise((later) => setImmediate(later));
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting;
      const { maxAnswerTokens, stop } = (first as Waiting).question.sampling;
      const isAlike = ({ question: { sampling } }: Waiting): boolean =>
        sampling.maxAnswerTokens === maxAnswerTokens && sampling.stop.join('\n') === stop.join('\n');
      const group = this.#waiting.filter(isAlike);
      this.#waiting = this.#waiting.filter((one) => !isAlike(one));
      try {
        const answers = await this.#answerGroup(group, signal);
        for (const [index, { answered, failed }] of group.entries()) {
          const answer = answers[index];
          if (answer === undefined || answer.text.trim() === '') failed(emptyAnswer(answer));
          else if (withoutThoughts(answer.text).trim() === '') {
            failed(new AskFailure(ONLY_THOUGHTS, 'row', { charged: answer.usage ?? 'no' }));
          } else answered(answer);
        }
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    this.#answering = null;
  }

  async #answerGroup(group: readonly Waiting[], signal: AbortSignal): Promise<Answer[]> {
    this.#opened ??= openWorker(this.place, this.config, this.cwd);
    const { worker, source } = await this.#opened;
    const [first] = group;
    const { maxAnswerTokens, stop } = (first as Waiting).question.sampling;
    this.#calls += 1;
    const { device, threads } = worker.slot;
    const output = await worker.run<'answer'>(
      {
        kind: 'answer',
        placement: { device, threads },
        model: source.folder,
        modelFiles: [...source.files],
        modelDigest: source.digest,
        precision: device === 'cpu' ? 'fp32' : 'bf16',
        questions: group.map(({ question: { messages, prefill } }) => ({
          turns: messages.map(({ role, content }) => ({ role, content })),
          prefill,
        })),
        maxAnswerTokens,
        stop: [...stop],
        batchSize: BATCH_ROWS,
      },
      { jobId: `answer-${this.#calls}`, attempt: 1, signal },
    );
    return output.rows.map(({ text, inputTokens, outputTokens, cut }) => ({
      text,
      finish: cut ? 'cut' : 'whole',
      servedModel: source.digest.slice(0, 12),
      requestId: null,
      usage: { inputTokens, cachedInputTokens: 0, outputTokens },
    }));
  }
}

/** Greedy answers do not change: asking again would give the same nothing. */
function emptyAnswer(answer: Answer | undefined): AskFailure {
  return new AskFailure('The answer is empty', 'row', { charged: answer?.usage ?? 'no' });
}

interface Opened {
  readonly worker: Worker;
  readonly source: ModelSource;
  readonly close: () => Promise<void>;
}

async function openWorker({ model }: ModelPlace, config: Config, cwd: string): Promise<Opened> {
  const source = await resolveModel(model, cwd);
  const runtime = await requireRuntime();
  const [slot] = await findSlots(config, { parallel: 1, perGpu: 1, threads: null });
  const place: Slot = slot ?? { name: 'cpu', device: 'cpu', visibleGpu: null, threads: 1 };
  const scratch = await mkdtemp(join(tmpdir(), 'fsa-llm-'));
  const emit = (): void => undefined;
  const host = await openWorkerHost({ python: runtime.python, emit });
  const close = async (): Promise<void> => {
    await host.close();
    await rm(scratch, { recursive: true, force: true });
  };
  try {
    return {
      worker: await host.launch({ slot: place, logPath: join(scratch, 'worker.log') }),
      source,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
