/** The decoding thread: students by number, one call after another. `session.run` blocks, and here it blocks nobody. */
import { parentPort, workerData } from 'node:worker_threads';
import { isFsaError } from '../errors.js';
import { Decoder, type GeneratedRow } from './decoder.js';
import type { PlainError, ThreadAnswer, ThreadRequest } from './thread-messages.js';

class Stopped extends Error {}

const decoders = new Map<number, Decoder>();

/** See `DecodingThread`. */
const busy = workerData as Int32Array;

parentPort?.on('message', (request: ThreadRequest) => void answer(request));

async function answer(request: ThreadRequest): Promise<void> {
  const said = await outcomeOf(request);
  // Before the answer: the next question may set it again.
  Atomics.store(busy, 0, 0);
  Atomics.notify(busy, 0);
  post(said);
}

async function outcomeOf(request: ThreadRequest): Promise<ThreadAnswer> {
  const { call } = request;
  try {
    return { type: 'done', call, rows: await carryOut(request) };
  } catch (error) {
    if (error instanceof Stopped) return { type: 'stopped', call };
    return { type: 'failed', call, error: toPlain(error) };
  }
}

async function carryOut(request: ThreadRequest): Promise<readonly GeneratedRow[]> {
  const { call, model } = request;
  if (request.type === 'open') {
    decoders.set(model, await Decoder.open(request.options));
    return [];
  }
  const decoder = decoders.get(model);
  if (decoder === undefined) return [];
  if (request.type === 'close') {
    decoders.delete(model);
    await decoder.close();
    return [];
  }
  const { texts, batchSize, stop } = request.work;
  return await decoder.generate(texts, {
    batchSize,
    onRows: (done) => post({ type: 'progress', call, done }),
    shouldStop: () => {
      if (Atomics.load(stop, 0) !== 0) throw new Stopped();
    },
  });
}

function post(message: ThreadAnswer): void {
  parentPort?.postMessage(message);
}

function toPlain(error: unknown): PlainError {
  if (isFsaError(error)) {
    const { code, message, where, advice, stack } = error;
    return { code, message, where, advice, stack: stack ?? null };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: null, message, where: null, advice: null, stack: stack ?? null };
}
