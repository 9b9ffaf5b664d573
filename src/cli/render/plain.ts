/** Progress as plain lines on stderr: what logs and pipes get. */
import type { FsaEvent } from '../../events.js';
import { printableLine } from '../../printable.js';
import { describeEvent, describeProgress, describeTransfer } from '../../report/event-words.js';

/** A job's progress is worth a line this often. */
const PROGRESS_EVERY_MS = 15_000;

export async function showLines(events: AsyncIterable<FsaEvent>): Promise<void> {
  const saidAtMs = new Map<string, number>();
  const due = (key: string): boolean => {
    const now = performance.now();
    const last = saidAtMs.get(key);
    // The first progress of a job says no more than that it started: wait one interval.
    if (last === undefined) saidAtMs.set(key, now);
    if (last === undefined || now - last < PROGRESS_EVERY_MS) return false;
    saidAtMs.set(key, now);
    return true;
  };
  for await (const event of events) {
    const line = describeEvent(event) ?? describeDue(event, due);
    if (line !== null) process.stderr.write(`${event.time.slice(11, 19)} ${printableLine(line)}\n`);
  }
}

function describeDue(event: FsaEvent, due: (key: string) => boolean): string | null {
  if (event.type === 'job-progress' && due(event.jobId)) return `${event.label}: ${describeProgress(event)}`;
  if (!('what' in event) || describeTransfer(event) === null) return null;
  return due(event.what) ? describeTransfer(event) : null;
}
