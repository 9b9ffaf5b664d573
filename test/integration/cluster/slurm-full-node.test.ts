/** A node of Slurm whose disk is full: it has no second place in the run, by name, as long as others would do. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { expectClearError, openPlace, wordsOf, type Outcome } from '../../faults/fault-place.js';
import { endIfThere } from '../../helpers/marked-processes.js';
import { noNamespaces } from '../../helpers/namespaces.js';
import { noSlurm, useSlurm } from '../../helpers/slurm.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const run = promisify(execFile);

describe.skipIf(noSlurm !== null || noNamespaces !== null)(
  'a full node of Slurm',
  { timeout: 200_000 },
  () => {
    const slurm = useSlurm(60_000);

    /** Its daemon is another that sees a small disk over the folder. */
    const fillNode = async (name: string, folder: string): Promise<void> => {
      const { env } = slurm.cluster;
      const pid = Number(readFileSync(join(env.SLURM_CONF, '..', 'run', `slurmd.${name}.pid`), 'utf8'));
      endIfThere(pid);
      const script = `mount -t tmpfs -o size=300k none ${folder} && exec slurmd -N ${name}`;
      await run('unshare', ['--mount', 'sh', '-c', script], { env: { ...process.env, ...env } });
      const states = async (): Promise<string> =>
        (await slurm.cluster.command('sinfo', ['-h', '-p', 'low', '-o', '%T %D'])).trim();
      await expect.poll(states, { timeout: 60_000 }).toBe('idle 3');
    };

    const evaluate = async (extra: readonly string[]): Promise<Outcome> => {
      const place = await openPlace();
      const cacheFolder = await temporaryFolder();
      await fillNode('n1', cacheFolder);
      const settings = { gpusPerSlot: '0', cpusPerSlot: '1', sharedDisk: 'no', cacheFolder };
      const sets = Object.entries({ ...settings, extraArguments: JSON.stringify(extra) });
      const words = sets.flatMap(([key, value]) => ['--set', `cluster.${key}=${value}`]);
      return await place.run(place.evalWords('run', '1', ['--on', 'slurm', ...words]), slurm.cluster.env);
    };

    it.each([
      ['another', [], 'n2'],
      ['another that the user leaves', ['-x', 'n2'], 'n3'],
    ])('is followed by a place on %s', async (_, extra, next) => {
      const outcome = await evaluate(extra);
      expect(outcome).toMatchObject({ exitCode: 0, error: null });
      const hosts = outcome.events.filter(({ type }) => type === 'worker-started').map(({ host }) => host);
      expect(hosts).toEqual(['n1', next]);
    });

    it('is named where no other would do', async () => {
      const words = wordsOf(expectClearError(await evaluate(['--nodelist=n1']), 6, 'WORKER_LOST'));
      expect(words).toMatch(/The disk of n1 is still full, where workers keep files\./);
    });
  },
);
