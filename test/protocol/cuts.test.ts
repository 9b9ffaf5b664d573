/**
 * A network that is cut and comes back, in a tenth of real time: a connection is given up after 2 s, a worker after
 * 6 s. FSA_CUTS=12,25,28,45 takes real seconds under the limits of a cluster.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Launcher } from '../../src/workers/launchers/launcher.js';
import { LOCAL } from '../../src/workers/launchers/local.js';
import { REMOTE_LIMITS } from '../../src/workers/types.js';
import { openCutProxy } from '../helpers/cut-proxy.js';
import { expectedVerdicts, expectedWords, LONG_CUTS, runThroughCut } from './cut-run.js';
import { errorOf, openTestHost, until } from './harness.js';

const LIMITS = LONG_CUTS === null ? { lostAfterSeconds: 6, orphanAfterSeconds: 5 } : REMOTE_LIMITS;

async function openCut() {
  const proxy = await openCutProxy(() => target);
  let target = 0;
  onTestFinished(() => proxy.close());
  const launcher: Launcher = {
    ...LOCAL,
    start: (command) => {
      target = Number(command.env['FSA_WORKER_ENDPOINT']?.split(':').at(-1));
      const env = { ...command.env, FSA_WORKER_ENDPOINT: `tcp://127.0.0.1:${proxy.port}` };
      return LOCAL.start({ ...command, env });
    },
  };
  const beats = LONG_CUTS === null ? {} : { heartbeatSeconds: 1 };
  const opened = await openTestHost({ launcher, objections: 'expected', limits: { ...LIMITS, ...beats } });
  const cutFor = (seconds: number): void => {
    proxy.cut();
    setTimeout(() => proxy.heal(), seconds * 1000);
  };
  return { cutFor, ...opened };
}

describe('a cut of the network', { timeout: LONG_CUTS === null ? 60_000 : 200_000 }, () => {
  it.each(LONG_CUTS ?? [1.2, 2.5, 2.8, 4])(
    'of %s s loses no message and costs no attempt',
    async (seconds) => {
      const { cutFor, host, logPath, events } = await openCut();
      const { told, verdicts } = await runThroughCut(host, logPath, () => cutFor(seconds));
      expect(told).toEqual(expectedWords());
      expect(verdicts).toEqual(expectedVerdicts());
      expect(events.map(({ type }) => type)).not.toContain('worker-ended');
    },
  );

  it.skipIf(LONG_CUTS !== null)('that lasts ends the worker on both sides, the worker first', async () => {
    const { cutFor, host, logPath, events, printed } = await openCut();
    const lost = errorOf(runThroughCut(host, logPath, () => cutFor(100)));
    const started = performance.now();
    await until('the worker is there', () => events.some(({ type }) => type === 'worker-ready'));
    await printed('the orchestrator has sent nothing for 5 s');
    expect((await lost).message).toMatch(/was lost: it .*, while it ran job j/);
    expect((performance.now() - started) / 1000).toBeGreaterThan(5);
  });
});
