/** Workers that see nothing of this machine's disk: empty folders lie over the run, the data and the model. */
import { readdir, readlink, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { numbersOf, openPlace, studentOf, type Place } from '../../faults/fault-place.js';
import { noNamespaces, sshToElsewhere } from '../../helpers/namespaces.js';
import { SAMPLE_STUDENT } from '../../helpers/small-data.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const SETTINGS = { gpusPerSlot: '0', cpusPerSlot: '1', hosts: '[one,two]' };

async function openElsewhere(): Promise<{
  place: Place;
  on: string[];
  env: Record<string, string>;
  cache: string;
}> {
  const place = await openPlace();
  const runtime = join(place.cache, 'runtime');
  // The ssh of the test and the nodes' cache lie apart from all that is hidden.
  const apart = await temporaryFolder();
  const hidden = [place.folder, dirname(SAMPLE_STUDENT)];
  const bin = await sshToElsewhere(apart, hidden, { [runtime]: await readlink(runtime) });
  const cache = join(apart, 'node-cache');
  const sets = Object.entries({ ...SETTINGS, cacheFolder: cache }).flatMap(([key, value]) => [
    '--set',
    `cluster.${key}=${value}`,
  ]);
  return { place, on: ['--on', 'ssh', ...sets], env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` }, cache };
}

describe.skipIf(noNamespaces !== null)('workers that do not see our disk', () => {
  it('are told apart from those that do', async () => {
    const { place, on, env } = await openElsewhere();
    const outcome = await place.run(['cluster', 'check', '--json', ...on], env);
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    expect(outcome.events.at(-1)).toMatchObject({ sharesDisk: false });
  });

  it('give the figures of this machine, and the same student', async () => {
    const { place, on, env, cache } = await openElsewhere();
    expect(await place.run(place.evalWords('here', '1,2'))).toMatchObject({ exitCode: 0 });
    const more = ['--parallel', '2', ...on, '--keep-models', 'all'];
    const there = await place.run(place.evalWords('there', '1,2', more), env);
    expect(there).toMatchObject({ exitCode: 0, error: null });
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));

    expect(await place.run(place.distillWords('made-here'))).toMatchObject({ exitCode: 0 });
    const made = await place.run(place.distillWords('made-there', 6, on), env);
    expect(made).toMatchObject({ exitCode: 0, error: null });
    expect(await studentOf(join(place.folder, 'made-there'))).toEqual(
      await studentOf(join(place.folder, 'made-here')),
    );
    // Links of workers are gone with them; what they had is kept for the next.
    expect(await readdir(join(cache, 'work'))).toEqual([]);
    const blobs = await readdir(join(cache, 'blobs'));
    expect(blobs.length).toBeGreaterThan(3);
    expect((await stat(join(cache, 'blobs', blobs[0] ?? ''))).nlink).toBe(1);
    expect(await readdir(join(place.folder, 'there', 'workers'))).not.toContain('uploads');
  });
});
