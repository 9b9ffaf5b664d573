import { expect, it } from 'vitest';
import { isUnderWay, readProgress } from '../../../src/runs/progress-file.js';
import { intervalMsOf, ProgressSink } from '../../../src/runs/progress-sink.js';
import type { FsaEventBody } from '../../../src/events.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { factsOf } from '../../helpers/written-run.js';

it('progress.json holds what goes on now, until the run has said its last word', async () => {
  const folder = await temporaryFolder();
  const sink = new ProgressSink();
  const say = (body: FsaEventBody): void => sink.event({ ...body, time: new Date().toISOString() });
  const tell = (jobId: string, share: number): void =>
    say({
      type: 'job-progress',
      ...factsOf(jobId),
      workerId: 'w',
      phase: 'train',
      done: 1,
      total: 4,
      epoch: 1,
      epochs: 2,
      loss: 0.5,
      tokensPerSecond: null,
      secondsLeft: 9,
      share,
      overallShare: share / 2,
    });
  tell('before', 0.1);
  expect(await readProgress(folder)).toBeNull();
  say({ type: 'run-started', run: 'r', folder, kind: 'eval', jobs: 2, alreadyDone: 0, slots: ['cpu'] });
  tell('a', 0.1);
  tell('b', 0.2);
  const waitForFile = async (): Promise<NonNullable<Awaited<ReturnType<typeof readProgress>>>> => {
    for (;;) {
      const progress = await readProgress(folder);
      if (progress !== null) return progress;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const during = await waitForFile();
  expect(during.jobs.map(({ jobId, share }) => [jobId, share])).toEqual([
    ['a', 0.1],
    ['b', 0.2],
  ]);
  expect(during).toMatchObject({ ended: false, overallShare: 0.1, pid: process.pid });
  expect(isUnderWay(during)).toBe(true);
  expect(isUnderWay({ ...during, pid: 2 ** 22 - 1 })).toBe(false);
  await sink.close();
  const after = (await readProgress(folder))!;
  expect(after).toMatchObject({ ended: true, jobs: [], secondsLeft: null });
  expect(isUnderWay(after)).toBe(false);
});

it('progress.json is written the less often the more jobs it holds', () => {
  expect([0, 1, 100, 200, 1000].map(intervalMsOf)).toEqual([1000, 1000, 1000, 2000, 10_000]);
});
