import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FsaEvent } from '../../../src/events.js';
import { Sender } from '../../../src/trackers/sender.js';
import { TrackerSink } from '../../../src/trackers/tracker-sink.js';
import type { TrackedItem, Tracker } from '../../../src/trackers/tracker.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { range, WrittenRun } from '../../helpers/written-run.js';

const LIMITS = { pollMs: 5, firstBackoffMs: 5, longestBackoffMs: 20, closeMs: 400 };

class Recorder implements Tracker {
  readonly name = 'recorder';
  readonly steps: number[] = [];
  finished: boolean | null = null;
  /** How often `finish` fails. */
  refusals = 0;
  before: (signal: AbortSignal) => Promise<void> = async () => await Promise.resolve();

  async open(): Promise<void> {
    await Promise.resolve();
  }
  async send(items: readonly TrackedItem[], signal: AbortSignal): Promise<void> {
    await this.before(signal);
    for (const item of items) if (item.kind === 'metrics') this.steps.push(item.record.step);
  }
  async finish(ended: boolean): Promise<void> {
    if ((this.refusals -= 1) >= 0) throw new Error('away');
    this.finished = ended;
    await Promise.resolve();
  }
  async close(): Promise<void> {
    await Promise.resolve();
  }
}

async function follow(
  tracker: Recorder,
): Promise<{ run: WrittenRun; sink: TrackerSink; warnings: string[] }> {
  const run = await WrittenRun.create(await temporaryFolder());
  const warnings: string[] = [];
  const sink = new TrackerSink(tracker, (message) => warnings.push(message), LIMITS);
  await run.start(['job']);
  sink.event({ type: 'run-started', folder: run.folder } as FsaEvent);
  return { run, sink, warnings };
}

describe('a tracker beside a run', () => {
  it('is told of everything, also what comes last', async () => {
    const tracker = new Recorder();
    const { run, sink, warnings } = await follow(tracker);
    await run.metrics('job', range(1, 5));
    while (tracker.steps.length < 5) await sleep(5);
    await run.metrics('job', range(6, 9));
    await run.finish(['job']);
    await sink.close();
    expect(tracker.steps).toEqual(range(1, 9));
    expect([tracker.finished, warnings]).toEqual([true, []]);
  });

  it('leaves nothing behind with each look for news', async () => {
    const tracker = new Recorder();
    let stop = new AbortController().signal;
    tracker.before = async (signal) => {
      stop = signal;
      await Promise.resolve();
    };
    const { run, sink } = await follow(tracker);
    for (const last of [1, 2, 3, 4]) {
      await run.metrics('job', [last]);
      while (tracker.steps.length < last) await sleep(5);
    }
    expect(getEventListeners(stop, 'abort').length).toBeLessThanOrEqual(1);
    await sink.close();
    expect(tracker.steps).toEqual([1, 2, 3, 4]);
  });

  it('that was away for a while is told what it missed, after one warning', async () => {
    const tracker = new Recorder();
    let failures = 4;
    tracker.before = async () => {
      if ((failures -= 1) >= 0) throw new Error('away');
      await Promise.resolve();
    };
    const { run, sink, warnings } = await follow(tracker);
    await run.metrics('job', range(1, 5));
    while (tracker.steps.length < 5) await sleep(5);
    await sink.close();
    expect(tracker.steps).toEqual(range(1, 5));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`fsa sync ${run.folder}`);
    expect(tracker.finished).toBe(false);
  });

  it.each(['fails', 'hangs'])('that %s to the end is left behind, after one warning', async (how) => {
    const tracker = new Recorder();
    tracker.before = async (signal) => {
      if (how === 'fails') throw new Error('away');
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    };
    const { run, sink, warnings } = await follow(tracker);
    await run.metrics('job', range(1, 5));
    await sink.close();
    expect(tracker.steps).toEqual([]);
    expect(warnings).toHaveLength(1);
  });
});

describe('what a tracker was not told to the end', () => {
  it('is told by the next that sends, once, and as the run ended', async () => {
    const tracker = new Recorder();
    const run = await WrittenRun.create(await temporaryFolder());
    await run.start(['job']);
    await run.finish(['job']);
    tracker.refusals = 1;
    const { signal } = new AbortController();
    await expect(new Sender(tracker, run.folder).finish(signal)).rejects.toThrow('away');
    await new Sender(tracker, run.folder).finish(signal);
    expect(tracker.finished).toBe(true);
    tracker.finished = null;
    await new Sender(tracker, run.folder).finish(signal);
    expect(tracker.finished).toBe(null);
  });

  it('is told of a run that was killed after its last item was sent', async () => {
    const tracker = new Recorder();
    const run = await WrittenRun.create(await temporaryFolder());
    await run.start(['job']);
    const { signal } = new AbortController();
    while (await new Sender(tracker, run.folder).step(signal)) expect(tracker.finished).toBe(null);
    await new Sender(tracker, run.folder).finish(signal);
    expect(tracker.finished).toBe(false);
    // It goes on and comes to its end, of which the last metrics are sent by another process.
    await run.start(['job']);
    await run.finish(['job']);
    while (await new Sender(tracker, run.folder).step(signal)) expect(tracker.finished).toBe(false);
    await run.metrics('job', range(1, 2));
    await new Sender(tracker, run.folder).finish(signal);
    expect(tracker.finished).toBe(true);
  });
});
