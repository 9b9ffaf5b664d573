/** Sends a run to one tracker, from where the last time ended. */
import { FsaError, isFsaError } from '../errors.js';
import { TransientError } from '../net/retry.js';
import { readRunFile } from '../runs/run-folder.js';
import { hashValue } from '../storage/digest.js';
import { followRun } from './follow-run.js';
import { readSent, writeSent } from './sent-so-far.js';
import type { RunFacts, Tracker } from './tracker.js';

export class Sender {
  #facts: RunFacts | null = null;
  #ended = false;
  sent = 0;

  constructor(
    private readonly tracker: Tracker,
    private readonly folder: string,
  ) {}

  /**
   * Sends the next items.
   * @returns false where there was nothing left to send
   * @throws TransientError, FsaError: nothing is lost, the next call tries the same items again
   */
  async step(signal: AbortSignal): Promise<boolean> {
    if (this.#facts === null) {
      const facts = await readFacts(this.folder);
      await this.tracker.open(facts, signal);
      this.#facts = facts;
    }
    const position = await readSent(this.folder, this.tracker.name);
    const next = await followRun(this.folder, position);
    if (next.items.length === 0) return false;
    await this.tracker.send(next.items, signal);
    for (const item of next.items) {
      if (item.kind !== 'event') continue;
      if (item.event.type === 'run-finished') this.#ended = true;
      if (item.event.type === 'run-started') this.#ended = false;
    }
    await writeSent(this.folder, this.tracker.name, next.position);
    this.sent += next.items.length;
    return true;
  }

  /** Sends what is left and says that it was all. */
  async finish(signal: AbortSignal): Promise<void> {
    while (await this.step(signal)) signal.throwIfAborted();
    if (this.sent === 0) return;
    await this.tracker.finish(this.#ended, signal);
  }
}

async function readFacts(folder: string): Promise<RunFacts> {
  const file = await readRunFile(folder);
  if (file === null)
    throw new FsaError('RUN_FOLDER', 'The folder holds no run.', {
      where: folder,
      advice: 'Name the folder of a run of `fsa eval` or `fsa distill`.',
    });
  const { createdAt, kind, name, identity, hashes } = file;
  return { folder, file, key: hashValue({ createdAt, kind, name, identity, hashes }).slice(0, 32) };
}

/** What went wrong with a tracker, as one clause for a sentence. */
export function reasonOf(thrown: unknown): string {
  if (isFsaError(thrown) || thrown instanceof TransientError) return thrown.message.replace(/\.$/, '');
  return thrown instanceof Error ? thrown.message : String(thrown);
}
