/**
 * A cell as long as the published ones, estimated from a short one: what is paid once (start, imports, loading)
 * weighs too much in the latter. Epochs after the first stand for all that were not run.
 */
import { sum } from '../lib/statistics.js';
import type { JournalEvent, OurCells, TheirCell } from './cells.js';

/** Of a published fine-tuning run. */
export const PUBLISHED_EPOCHS = 20;
/** With fewer there is no epoch after the first to measure. */
export const FEWEST_EPOCHS = 2;

/** Seconds of our process, had each of its `cells` run all epochs, `parallel` at a time. */
export function oursAtPublished(ours: OurCells, epochs: number, cells = 1, parallel = 1): number {
  const perEpoch = mean(gapsBetweenEpochs(ours.events));
  return ours.seconds + ((PUBLISHED_EPOCHS - epochs) * perEpoch * cells) / parallel;
}

/** Seconds of a yardstick's process, had it run all epochs. */
export function theirsAtPublished(theirs: TheirCell, epochs: number): number {
  return theirs.seconds + (PUBLISHED_EPOCHS - epochs) * mean(theirs.epochSeconds);
}

/** From one epoch's end to the next of the same job. */
function gapsBetweenEpochs(events: readonly JournalEvent[]): number[] {
  const last = new Map<string, number>();
  return events.flatMap(({ type, jobId, at }) => {
    if (type !== 'job-epoch' || jobId === undefined) return [];
    const before = last.get(jobId);
    last.set(jobId, at);
    return before === undefined ? [] : [at - before];
  });
}

/** @throws RangeError where nothing was measured */
function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError(`An epoch can be timed from ${FEWEST_EPOCHS} epochs on.`);
  return sum(values) / values.length;
}
