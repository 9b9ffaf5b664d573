/** What ten thousand cells on a thousand slots cost the process that hands them out; no worker, no model, no Python. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { lastJson, runCommand } from '../lib/child.js';
import { LARGEST_SHARE } from '../../src/pipelines/eval/results.js';
import { intervalMsOf } from '../../src/runs/progress-sink.js';
import { intervalsOf } from '../../src/workers/types.js';
import { ROOT } from '../lib/folders.js';

const runSchema = z.object({
  cells: z.number(),
  slots: z.number(),
  epochs: z.number(),
  /** Of the processor, from the first cell handed out to the last one ended. */
  decisionsSeconds: z.number(),
  /** All that one cell costs but its training: states, records, scores of 21 splits, texts, events. What workers say is made beside it. */
  cellCpuSeconds: z.number(),
  /** Of what a worker says of its progress, once it is off the wire. */
  progressCpuSeconds: z.number(),
  /** Of writing progress.json once, with a job on each slot. */
  progressFileCpuSeconds: z.number(),
  /** With the results of all cells. */
  memoryMegabytes: z.number(),
});
const resumeSchema = z.object({
  /** On the clock, where all cells are done, until the first one could be handed out. */
  resumeSeconds: z.number(),
  resumeCpuSeconds: z.number(),
  resultsCpuSeconds: z.number(),
  memoryMegabytes: z.number(),
});
type Measured = z.infer<typeof runSchema> & z.infer<typeof resumeSchema>;

export interface ScheduleCost extends Measured {
  /** Of one processor, were all cells done within an hour. */
  readonly coordinatorShare: number;
  /** Seconds of the hour that it is made of. */
  readonly parts: Readonly<Record<'decisions' | 'cells' | 'results' | 'progress', number>>;
}

const HOUR_SECONDS = 3600;

export async function measureSchedule({ quick }: { readonly quick: boolean }): Promise<ScheduleCost> {
  return quick ? await measureCells(1000, 100) : await measureCells(10_000, 1000);
}

/** @param some cells that are done for real, but for their training */
export async function measureCells(cells: number, slots: number, some = 1200): Promise<ScheduleCost> {
  const folder = await mkdtemp(join(tmpdir(), 'fsa-bench-schedule-'));
  try {
    const script = join(ROOT, 'bench/scenarios/schedule-child.ts');
    const call = async (numbers: readonly number[]): Promise<unknown> => {
      const args = ['--import', 'tsx', script, folder, ...numbers.map(String)];
      return lastJson(await runCommand({ command: process.execPath, args, env: process.env }));
    };
    const run = runSchema.parse(await call([cells, slots, some]));
    // In a process of its own, as whoever takes up a run has it.
    const resumed = resumeSchema.parse(await call([cells, slots]));
    const peak = Math.max(run.memoryMegabytes, resumed.memoryMegabytes);
    const memoryMegabytes = peak - (await megabytesOfTsx());
    return estimateHour({ ...run, ...resumed, memoryMegabytes });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What reads the child's TypeScript takes memory of its own there, which no coordinator has. */
async function megabytesOfTsx(): Promise<number> {
  const tell = 'console.log(JSON.stringify({ megabytes: process.resourceUsage().maxRSS / 1024 }))';
  const megabytesWith = async (...words: string[]): Promise<number> => {
    const args = [...words, '--eval', tell];
    const told = lastJson(await runCommand({ command: process.execPath, args, env: process.env }));
    return z.object({ megabytes: z.number() }).parse(told).megabytes;
  };
  return (await megabytesWith('--import', 'tsx')) - (await megabytesWith());
}

function estimateHour(child: Measured): ScheduleCost {
  const parts = {
    decisions: child.decisionsSeconds,
    cells: child.cells * child.cellCpuSeconds,
    results: Math.max(child.resultsCpuSeconds, HOUR_SECONDS * LARGEST_SHARE),
    progress:
      (HOUR_SECONDS / intervalsOf(child.slots).reportSeconds) * child.slots * child.progressCpuSeconds +
      ((HOUR_SECONDS * 1000) / intervalMsOf(child.slots)) * child.progressFileCpuSeconds,
  };
  const busySeconds = Object.values(parts).reduce((sum, seconds) => sum + seconds, 0);
  return { ...child, parts, coordinatorShare: busySeconds / HOUR_SECONDS };
}
