/** A worker that starts before its run has a folder: nothing of it is seen or written until then. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { HeadStart } from '../../../src/pipelines/run/head-start.js';
import { resolveConfig } from '../../../src/pipelines/run/options.js';
import { PROCESS_SLOTS } from '../../../src/pipelines/run/slot-pool.js';
import { withWorkers } from '../../../src/pipelines/run/worker-executor.js';
import { readRuntime } from '../../../src/runtime/locate.js';
import { fsa, parseLines } from '../../helpers/cli.js';
import { processesWith } from '../../helpers/marked-processes.js';
import { SAMPLE_STUDENT, smallDataset } from '../../helpers/small-data.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const SLOT = { name: 'cpu-1', device: 'cpu', visibleGpu: null, threads: 1 } as const;
const ours = `FSA_WORKER_PARENT_PID=${process.pid}`;
let begun: HeadStart | null = null;
afterEach(async () => await begun?.close());

async function begin(): Promise<{ headStart: HeadStart; folder: string }> {
  const folder = join(await temporaryFolder(), 'run');
  begun = new HeadStart({ runtime: await readRuntime(), slots: [SLOT], folder });
  return { headStart: begun, folder };
}

async function untilStarted(): Promise<void> {
  while ((await processesWith(ours)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

it('writes its log and is spoken of once the folder is the run’s', async () => {
  const { headStart, folder } = await begin();
  await untilStarted();
  expect(existsSync(folder)).toBe(false);
  const said: string[] = [];
  await headStart.adopt(({ type }) => said.push(type));
  const worker = await headStart.take(SLOT);
  expect(said).toEqual(['worker-started', 'worker-ready']);
  expect(worker?.slot).toBe(SLOT);
  // Who loses it starts another.
  expect(headStart.take(SLOT)).toBeNull();
  await expect.poll(() => existsSync(join(folder, 'workers/cpu-1.log'))).toBe(true);
}, 60_000);

it('ends at once, and leaves nothing, where the run is not to be', async () => {
  const { headStart, folder } = await begin();
  await untilStarted();
  await headStart.close();
  expect(await processesWith(ours)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  await expect(headStart.take(SLOT)).rejects.toMatchObject({ code: 'CANCELLED' });
}, 60_000);

it('starts nothing on processors that another run uses', async () => {
  const busy = { ...SLOT, threads: 1024 };
  const giveBack = await PROCESS_SLOTS.take({}, busy, new AbortController().signal, () => undefined);
  const { headStart } = await begin();
  await headStart.adopt(() => undefined);
  expect(headStart.take(SLOT)).toBeNull();
  giveBack();
}, 60_000);

it('is not waited for when the run is given up', async () => {
  const folder = await temporaryFolder();
  const python = join(folder, 'python');
  await writeFile(python, '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
  const runtime = { ...(await readRuntime()), python };
  const config = await resolveConfig({});
  const stop = new AbortController();
  const never = (): never => {
    throw new Error('no worker is ever ready');
  };
  const running = withWorkers(
    {
      ...{ runtime, config, workers: 1, term: 1, folder, signal: stop.signal },
      first: { slot: SLOT, work: never, others: [] },
      runJob: never,
      emit: ({ type }) => {
        if (type === 'worker-started') stop.abort();
      },
    },
    never,
  );
  await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
}, 60_000);

it('starts nothing for a run that is taken up, which may be done', async () => {
  const folder = await temporaryFolder();
  const dataset = await smallDataset(folder, 'atsa', 4);
  const words = ['eval', '--json', '--model', `s=${SAMPLE_STUDENT}`, '--dataset', dataset, '--epochs', '0'];
  const typesOf = async (): Promise<unknown[]> => {
    const { stdout } = await fsa([...words, '--output', join(folder, 'run')]);
    return parseLines(stdout).map(({ type }) => type);
  };
  const first = await typesOf();
  expect(first.slice(0, 2)).toEqual(['run-started', 'worker-started']);
  expect(first).toContain('worker-ready');
  expect((await typesOf()).filter((type) => String(type).startsWith('worker'))).toEqual([]);
}, 120_000);
