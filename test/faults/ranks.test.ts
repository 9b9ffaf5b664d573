/** One student in two processes: what befalls one of them befalls the whole, and is forgotten afterwards. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STEPS, undisturbedStudent } from './undisturbed-run.js';
import { expectClearError, expectNobodyIn, isLinux, openPlace, pause, studentOf } from './fault-place.js';
import { ranksOf } from '../helpers/marked-processes.js';

const RANKS = ['--ranks', '2'];

describe.skipIf(!isLinux)('fsa distill --ranks 2', { timeout: 600_000 }, () => {
  it('ends with the same student after the death of a rank, of the command, and a Ctrl-C', async () => {
    const place = await openPlace();
    const words = place.distillWords('run', STEPS, RANKS);
    const bereft = place.start(words);
    await bereft.event('checkpoint-saved');
    const [rank] = await ranksOf(place.folder);
    expect(rank).toBeDefined();
    process.kill(rank as number, 'SIGKILL');
    const { error, willRetry } = await bereft.event('job-failed');
    expect({ error, willRetry }).toMatchObject({ error: { code: 'WORKER_LOST' }, willRetry: true });
    expect((error as { message: string }).message).toContain('Rank 1 of 2 was killed by SIGKILL');
    await bereft.event('checkpoint-saved', 2);
    bereft.kill('SIGKILL');
    await bereft.ended;
    await expectNobodyIn(place.folder);

    const stopped = place.start(words);
    await stopped.event('worker-ready');
    stopped.kill('SIGINT');
    expectClearError(await stopped.ended, 130, 'CANCELLED');
    await expectNobodyIn(place.folder);

    const last = await place.run(words);
    expect(last).toMatchObject({ exitCode: 0, error: null });
    expect(last.stdout).toContain('Training goes on from the checkpoint at step');
    expect(await studentOf(join(place.folder, 'run'))).toEqual(await undisturbedStudent(STEPS, 2));
  });

  it('goes on with one rank, and refuses what a begun run cannot be dealt to', async () => {
    const place = await openPlace();
    const stopped = place.start(place.distillWords('run', STEPS, RANKS));
    await stopped.event('checkpoint-saved');
    stopped.kill('SIGTERM');
    expectClearError(await stopped.ended, 130, 'CANCELLED');
    await expectNobodyIn(place.folder);

    const refused = await place.run(place.distillWords('run', STEPS, ['--ranks', '3']));
    expectClearError(refused, 2, 'CONFIG');
    expect(refused.error?.message).toContain('begun with steps of 2 pieces, too few for 3 ranks');

    const alone = await place.run(place.distillWords('run', STEPS));
    expect(alone).toMatchObject({ exitCode: 0, error: null });
    expect(alone.stdout).toContain('Training goes on from the checkpoint at step');
    expect(alone.stdout).toContain('"type":"result"');
  });

  it('leaves no rank where the worker is killed', async () => {
    const place = await openPlace();
    const running = place.start(place.distillWords('run', STEPS, RANKS));
    const { pid } = await running.event('worker-started');
    while ((await ranksOf(place.folder)).length === 0) await pause(20);
    const before = await ranksOf(place.folder);
    process.kill(Number(pid), 'SIGKILL');
    await running.event('worker-started', 2);
    expect((await ranksOf(place.folder)).filter((one) => before.includes(one))).toEqual([]);
    expect((await running.ended).exitCode).toBe(0);
  });
});
