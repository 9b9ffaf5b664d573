/** The reading of files as events. */
import type { ReadingProgress } from '../../data/formats/reading-progress.js';
import type { Emit } from '../../events.js';

const TOLD_EVERY_MS = 250;

/**
 * Turns what a reader tells into events, a few a second.
 * @param what `checking the corpus`: begins the line
 */
export function readingEvents(what: string, emit: Emit): (progress: ReadingProgress) => void {
  const startedMs = performance.now();
  let toldMs = startedMs;
  return ({ rows, bytesDone, bytesTotal }) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < TOLD_EVERY_MS) return;
    toldMs = nowMs;
    const secondsPerByte = bytesDone > 0 ? (nowMs - startedMs) / 1000 / bytesDone : null;
    const secondsLeft = secondsPerByte === null ? null : secondsPerByte * (bytesTotal - bytesDone);
    emit({ type: 'data-progress', what, rows, bytesDone, bytesTotal, secondsLeft });
  };
}
