/**
 * A worker in a network of its own whose only cable is pulled and plugged in again, under the limits of a cluster:
 * the kernel's own TCP between both ends. FSA_CUTS=12,25,28,45 pulls it for longer.
 */
import { describe, expect, it } from 'vitest';
import type { Launcher } from '../../src/workers/launchers/launcher.js';
import { LOCAL } from '../../src/workers/launchers/local.js';
import { REMOTE_LIMITS } from '../../src/workers/types.js';
import { noNetworks, openNetwork } from '../helpers/namespaces.js';
import { expectedVerdicts, expectedWords, LONG_CUTS, runThroughCut } from './cut-run.js';
import { openTestHost } from './harness.js';

/** How long a job may stand still beyond the cut. */
const MOST_SECONDS_AFTER = 35;

describe.skipIf(noNetworks !== null)('a cable between two networks', { timeout: 200_000 }, () => {
  it.each(LONG_CUTS ?? [12])('pulled for %s s loses no message and costs no attempt', async (seconds) => {
    const network = await openNetwork();
    const launcher: Launcher = {
      ...LOCAL,
      bind: { address: network.address, port: null },
      limits: REMOTE_LIMITS,
      start: (command) => LOCAL.start({ ...command, ...network.inside(command) }),
    };
    const limits = { heartbeatSeconds: 1, ...REMOTE_LIMITS };
    const { host, logPath, events } = await openTestHost({ launcher, objections: 'expected', limits });
    let [cutMs, healedMs] = [0, 0];
    const { told, verdicts } = await runThroughCut(host, logPath, () => {
      cutMs = performance.now();
      network.cut();
      setTimeout(() => {
        network.heal();
        healedMs = performance.now();
      }, seconds * 1000);
    });
    const endedMs = performance.now();
    expect(healedMs - cutMs).toBeGreaterThan(1000 * seconds - 100);
    // The verdict on the third epoch could not pass before.
    expect(endedMs).toBeGreaterThan(healedMs);
    expect((endedMs - healedMs) / 1000).toBeLessThan(MOST_SECONDS_AFTER);
    expect(told).toEqual(expectedWords());
    expect(verdicts).toEqual(expectedVerdicts());
    expect(events.map(({ type }) => type)).not.toContain('worker-ended');
    console.log(
      `pulled for ${seconds} s: over ${((endedMs - healedMs) / 1000).toFixed(1)} s after it was back`,
    );
  });
});
