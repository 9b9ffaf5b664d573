/** Settings of a cluster that leave no time for work are refused before an engine is asked. */
import { expect, it } from 'vitest';
import { PRESETS } from '../../../src/config/presets.js';
import { openCluster } from '../../../src/pipelines/run/cluster.js';

it('refuses a time limit that is over when a worker is told to leave', async () => {
  const cluster = { ...PRESETS.paper.cluster, on: 'slurm', timeLimitMinutes: 2, graceSeconds: 120 } as const;
  const run = { folder: 'run', term: 1, emit: () => undefined, signal: new AbortController().signal };
  await expect(openCluster({ config: { cluster }, ...run })).rejects.toMatchObject({
    code: 'CONFIG',
    where: 'cluster.timeLimitMinutes',
    message: expect.stringContaining('A place for 120 s leaves no time for work') as unknown,
  });
});
