/** A run that is told to stop, or stopped without being told, again and again, and taken up each time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../helpers/cli.js';
import { undisturbedNumbers, undisturbedStudent } from './undisturbed-run.js';
import {
  expectClearError,
  expectNobodyIn,
  expectNoSecret,
  isLinux,
  numbersOf,
  openPlace,
  studentOf,
} from './fault-place.js';

/** So many that a quick machine is not done before three signals have arrived. */
const STEPS = 40;

describe('signals', () => {
  it('SIGTERM, SIGHUP and SIGINT save, leave nobody behind and can be followed by the same command', async () => {
    const place = await openPlace();
    const words = place.distillWords('run', STEPS);
    for (const [index, signal] of (['SIGTERM', 'SIGHUP', 'SIGINT'] as const).entries()) {
      const running = place.start(words);
      await running.event('checkpoint-saved');
      running.kill(signal);
      const outcome = await running.ended;
      expectClearError(outcome, 130, 'CANCELLED');
      expect(outcome.stderr).toContain(`${signal} received: finishing the step and saving`);
      await expectNobodyIn(place.folder);
      if (index > 0) expect(outcome.stdout).toContain('Training goes on from the checkpoint at step');
    }
    expect((await place.run(words)).exitCode).toBe(0);
    expect(await studentOf(join(place.folder, 'run'))).toEqual(await undisturbedStudent(STEPS));
  }, 240_000);

  it('Ctrl-C twice ends at once, kill -9 without a word; workers end by themselves', async () => {
    const place = await openPlace();
    const words = place.evalWords('run');
    const twice = place.start(words);
    const { pid } = await twice.event('worker-started');
    if (isLinux) {
      // Seen from outside, a worker shows neither our secrets nor its keys on its command line.
      const environment = readFileSync(`/proc/${String(pid)}/environ`, 'utf8');
      const command = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
      expectNoSecret(environment, command);
      expect(environment).toContain('FSA_WORKER_SECRET_KEY');
      expect(command).not.toMatch(/key/i);
    }
    // The worker imports torch for two seconds and hears nothing: waiting for it would take longer.
    twice.kill('SIGINT');
    twice.kill('SIGINT');
    const outcome = await twice.ended;
    expect(outcome.exitCode).toBe(130);
    await expectNobodyIn(place.folder);

    const killed = place.start(words);
    await killed.event('job-epoch');
    killed.kill('SIGKILL');
    expectNoSecret((await killed.ended).stdout, outcome.stdout, outcome.stderr);
    await expectNobodyIn(place.folder);

    expect((await place.run(words)).exitCode).toBe(0);
    expect(await numbersOf(join(place.folder, 'run'))).toEqual(await undisturbedNumbers());
  }, 240_000);

  it('a reader that leaves (| head) ends the command quietly, and its workers', async () => {
    const place = await openPlace();
    const bin = join(ROOT, 'bin/fsa.js');
    const pipe = 'exec 3>&1; { "$0" "$@" 2>&3; echo "code $?" >&3; } | head -n 1';
    const { stdout } = await execa('bash', ['-c', pipe, process.execPath, bin, ...place.evalWords('run')], {
      cwd: place.folder,
      env: place.env,
    });
    expect(stdout).toMatch(/"type":"run-started"/);
    expect(stdout).toMatch(/^code (0|141)$/m);
    expect(stdout).not.toMatch(/\n\s+at |EPIPE/);
    await expectNobodyIn(place.folder);
    expect((await place.run(place.evalWords('run'))).exitCode).toBe(0);
  }, 240_000);
});
