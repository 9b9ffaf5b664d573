/**
 * A network that is cut and comes back, in a tenth of real time: a connection is given up after 2 s, a worker after
 * 6 s. FSA_CUTS=12,25,28,45 takes real seconds under the limits of a cluster.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FsaEventBody } from '../../src/events.js';
import type { Launcher } from '../../src/workers/launchers/launcher.js';
import { LOCAL } from '../../src/workers/launchers/local.js';
import { REMOTE_LIMITS } from '../../src/workers/types.js';
import { openCutProxy, type CutProxy } from '../helpers/cut-proxy.js';
import { epochs, errorOf, openTestHost, SLOT, until } from './harness.js';

const LONG = process.env['FSA_CUTS']?.split(',').map(Number) ?? null;
const LIMITS = LONG === null ? { lostAfterSeconds: 6, orphanAfterSeconds: 5 } : REMOTE_LIMITS;
const CUTS = LONG ?? [1.2, 2.5, 2.8, 4];

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
  const beats = LONG === null ? {} : { heartbeatSeconds: 1 };
  const opened = await openTestHost({ launcher, objections: 'expected', limits: { ...LIMITS, ...beats } });
  return { proxy, ...opened };
}

/** Runs a fine-tuning of seven epochs whose third is judged into a cut. */
async function runThroughCut(
  { host, logPath }: { host: Awaited<ReturnType<typeof openCut>>['host']; logPath: string },
  proxy: CutProxy,
  seconds: number,
) {
  const worker = await host.launch({ slot: SLOT, logPath });
  const told: string[] = [];
  const output = await worker.run<'finetune'>(epochs(7), {
    jobId: 'j',
    attempt: 1,
    onMetrics: (records) => void told.push(...records.map(({ step }) => `step ${step}`)),
    onGenerated: (epoch) => {
      told.push(`epoch ${epoch}`);
      if (epoch === 3) {
        proxy.cut();
        setTimeout(() => proxy.heal(), seconds * 1000);
      }
      return { best: epoch === 4, stop: false };
    },
    onSaved: ({ step }) => void told.push(`saved ${step}`),
  });
  return { worker, told, output };
}

function expectedWords(): string[] {
  const words = Array.from({ length: 7 }, (_, index) => {
    const epoch = index + 1;
    return [`step ${2 * epoch - 1}`, `step ${2 * epoch}`, `epoch ${epoch}`, `saved ${2 * epoch}`];
  });
  return [...words.flat(), 'step 1000'];
}

describe('a cut of the network', { timeout: LONG === null ? 60_000 : 200_000 }, () => {
  it.each(CUTS)('of %s s loses no message and costs no attempt', async (seconds) => {
    const { proxy, host, logPath, events } = await openCut();
    const started = performance.now();
    const { told, output } = await runThroughCut({ host, logPath }, proxy, seconds);
    console.log(`a cut of ${seconds} s took ${((performance.now() - started) / 1000).toFixed(1)} s`);
    expect(told).toEqual(expectedWords());
    expect(output.testTexts[3]).toBe('4 True False');
    expect(events.map(({ type }: FsaEventBody) => type)).not.toContain('worker-ended');
  });

  it.skipIf(LONG !== null)('that lasts ends the worker on both sides, the worker first', async () => {
    const { proxy, host, logPath, events, printed } = await openCut();
    const lost = errorOf(runThroughCut({ host, logPath }, proxy, 100));
    const started = performance.now();
    await until('the worker is there', () => events.some(({ type }) => type === 'worker-ready'));
    await printed('the orchestrator has sent nothing for 5 s');
    expect((await lost).message).toMatch(/was lost while it ran job j/);
    expect((performance.now() - started) / 1000).toBeGreaterThan(5);
  });
});
