/** What progress costs the coordinator: words that workers say of it, and the file that tells onlookers. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { factsOf } from '../../src/pipelines/eval/cell.js';
import type { Cell } from '../../src/pipelines/eval/plan.js';
import { followJob } from '../../src/pipelines/run/follow-job.js';
import type { RunWork } from '../../src/pipelines/run/run-handle.js';
import { RunShare } from '../../src/pipelines/run/share.js';
import { intervalMsOf, ProgressSink } from '../../src/runs/progress-sink.js';

export const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const WORDS = { phase: 'train', done: 1, total: 9, epoch: 1, loss: 1, tokensPerSecond: 1 } as const;

/** Files of progress that are written in one wait: what an idle process does meanwhile is shared out among them. */
const PROGRESS_FILES = 20;

/** Processor's seconds of writing progress.json, with a job on each slot. */
export async function writeProgress(jobs: readonly Cell[], epochs: number, folder: string): Promise<number> {
  const time = new Date().toISOString();
  const shares = { epochs, secondsLeft: 9, share: 0.5, overallShare: 0.5 };
  const sinks = await Promise.all(
    Array.from({ length: PROGRESS_FILES }, async (_, index) => {
      const to = await mkdtemp(join(folder, `progress-${index}-`));
      const sink = new ProgressSink();
      const started = { run: 'bench', folder: to, kind: 'eval', jobs: 1, alreadyDone: 0, slots: [] } as const;
      sink.event({ type: 'run-started', ...started, time });
      for (const cell of jobs)
        sink.event({ type: 'job-progress', ...factsOf(cell), workerId: 'w', ...WORDS, ...shares, time });
      return sink;
    }),
  );
  const began = cpuSeconds();
  await setTimeout(intervalMsOf(jobs.length) + 1000);
  const seconds = cpuSeconds() - began;
  for (const sink of sinks) await sink.close();
  return seconds / sinks.length;
}

/** Processor's seconds of one word of progress while all slots are at work, those that are dropped included. */
export function followProgress(jobs: readonly Cell[], epochs: number, work: RunWork): number {
  const share = new RunShare(jobs);
  const follows = jobs.map((cell) =>
    followJob({ id: cell.id }, { facts: factsOf(cell), attempt: 1, epochs, share, emit: work.emit }),
  );
  const began = cpuSeconds();
  const rounds = 100;
  for (let round = 0; round < rounds; round += 1)
    for (const { onProgress } of follows) void onProgress({ ...WORDS, secondsLeft: 100 - round });
  return (cpuSeconds() - began) / (rounds * follows.length);
}
