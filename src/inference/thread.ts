/** The decoding thread: one student, one call after another. `session.run` blocks, and here it blocks nobody. */
import { parentPort, workerData } from 'node:worker_threads';
import { isFsaError } from '../errors.js';
import { Decoder } from './decoder.js';
import type { GenerateCall, PlainError, ThreadMessage, ThreadSettings } from './thread-messages.js';

class Stopped extends Error {}

const { folder, threads } = workerData as ThreadSettings;

try {
  const decoder = await Decoder.open(folder, { threads });
  parentPort?.on('message', (call: GenerateCall) => void answer(decoder, call));
  post({ type: 'ready' });
} catch (error) {
  post({ type: 'failed', error: toPlain(error) });
}

async function answer(decoder: Decoder, { texts, batchSize, stop }: GenerateCall): Promise<void> {
  try {
    const rows = await decoder.generate(texts, {
      batchSize,
      onRows: (done) => post({ type: 'progress', done }),
      shouldStop: () => {
        if (Atomics.load(stop, 0) !== 0) throw new Stopped();
      },
    });
    post({ type: 'rows', rows });
  } catch (error) {
    post(error instanceof Stopped ? { type: 'stopped' } : { type: 'failed', error: toPlain(error) });
  }
}

function post(message: ThreadMessage): void {
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
