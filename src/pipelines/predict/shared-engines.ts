/** The engines of this process: a student that is loaded twice is in memory once, and calls of both take turns. */
import { FsaError } from '../../errors.js';
import type { Engine } from './engine.js';

interface Shared {
  readonly engine: Promise<Engine>;
  /** Aborted when nobody wants the engine any more, whether or not it is there yet. */
  readonly ending: AbortController;
  users: number;
}

const engines = new Map<string, Shared>();

export interface ShareOptions {
  /** What the engine computes, and how. */
  readonly key: string;
  /** Of the one who asks; others go on with the engine. */
  readonly signal: AbortSignal | undefined;
}

/**
 * The engine under this key, made where there is none; the last of its users to close it ends it.
 * @throws FsaError CANCELLED where the signal is aborted meanwhile, and what `make` throws
 */
export async function shareEngine(
  { key, signal }: ShareOptions,
  make: (ending: AbortSignal) => Promise<Engine>,
): Promise<Engine> {
  const shared = engines.get(key) ?? begin(key, make);
  shared.users += 1;
  let left: Promise<void> | null = null;
  const leave = async (): Promise<void> => await (left ??= giveUp(key, shared));
  const onAbort = (): void => void leave();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const engine = await shared.engine;
    if (signal?.aborted === true)
      throw new FsaError('CANCELLED', 'The loading was cancelled.', { cause: signal.reason });
    return { ...engine, close: leave };
  } catch (error) {
    await leave();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function begin(key: string, make: (ending: AbortSignal) => Promise<Engine>): Shared {
  const ending = new AbortController();
  const shared = { engine: make(ending.signal), ending, users: 0 };
  engines.set(key, shared);
  return shared;
}

async function giveUp(key: string, shared: Shared): Promise<void> {
  shared.users -= 1;
  if (shared.users > 0) return;
  if (engines.get(key) === shared) engines.delete(key);
  shared.ending.abort();
  await shared.engine.then(
    async (engine) => await engine.close(),
    () => undefined,
  );
}
