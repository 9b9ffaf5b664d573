/** Sends a run to one tracker, from where the last time ended. */
import { FsaError, isFsaError, messageOf } from '../errors.js';
import { TransientError } from '../net/retry.js';
import { readRunFile } from '../runs/run-folder.js';
import { hashValue } from '../storage/digest.js';
import { followRun } from './follow-run.js';
import { readSent, writeSent } from './sent-so-far.js';
import type { RunFacts, TrackedItem, Tracker } from './tracker.js';

export class Sender {
  #facts: RunFacts | null = null;
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
    await this.#open(signal);
    const { position, ended } = await readSent(this.folder, this.tracker.name);
    const next = await followRun(this.folder, position);
    if (next.items.length === 0) return false;
    await this.tracker.send(next.items, signal);
    const sent = { position: next.position, ended: endedAfter(next.items, ended), told: false };
    await writeSent(this.folder, this.tracker.name, sent);
    this.sent += next.items.length;
    return true;
  }

  /** Sends what is left and says that it was all, unless that was said before. */
  async finish(signal: AbortSignal): Promise<void> {
    while (await this.step(signal)) signal.throwIfAborted();
    const sent = await readSent(this.folder, this.tracker.name);
    if (sent.told) return;
    await this.tracker.finish(sent.ended, signal);
    await writeSent(this.folder, this.tracker.name, { ...sent, told: true });
  }

  async #open(signal: AbortSignal): Promise<void> {
    if (this.#facts !== null) return;
    const facts = await readFacts(this.folder);
    await this.tracker.open(facts, signal);
    this.#facts = facts;
  }
}

/** Whether a run is over, as far as the items tell. */
function endedAfter(items: readonly TrackedItem[], before: boolean): boolean {
  let ended = before;
  for (const item of items) {
    if (item.kind !== 'event') continue;
    if (item.event.type === 'run-finished') ended = true;
    if (item.event.type === 'run-started') ended = false;
  }
  return ended;
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
  return messageOf(thrown);
}
