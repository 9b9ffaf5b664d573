/** What another user of the machine, or of Slurm, can find out about a ticket that waits in a queue. */
import { execFile, spawn } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLinuxRoot, openPlace } from '../../faults/fault-place.js';
import { PY_RUNTIME_FOLDER } from '../../../src/runtime/locate.js';
import { listFiles } from '../../../src/storage/digest.js';
import { noSlurm, openSlurm, type SlurmCluster } from '../../helpers/slurm.js';

const run = promisify(execFile);
const PILOT = join(PY_RUNTIME_FOLDER, 'fsa_runtime', 'pilot.py');

/** As nobody, with everything that it says; what is refused is refused on standard error. */
async function asNobody(script: string, env: Record<string, string> = {}): Promise<string> {
  const options = { env: { ...process.env, ...env }, maxBuffer: 2 ** 28 };
  const { stdout, stderr } = await run(
    'su',
    ['nobody', '-p', '-s', '/bin/sh', '-c', `${script}; true`],
    options,
  );
  return stdout + stderr;
}

const WAITS = {
  gpusPerSlot: '0',
  cpusPerSlot: '1',
  extraArguments: '[--begin=now+1hour]',
};

describe.skipIf(noSlurm !== null || !isLinuxRoot)('a ticket in a queue', () => {
  let folder: string;
  let cluster: SlurmCluster;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fsa-tickets-'));
    await chmod(folder, 0o755);
    cluster = await openSlurm(folder);
  });
  afterAll(async () => {
    await cluster.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['auto', 'no'])('is not to be had by others, shared disk or not (%s)', async (sharedDisk) => {
    const place = await openPlace();
    // Nothing above the run hides it.
    await chmod(place.folder, 0o755);
    const sets = Object.entries({ ...WAITS, sharedDisk }).flatMap(([key, value]) => [
      '--set',
      `cluster.${key}=${value}`,
    ]);
    const running = place.start([...place.evalWords('run'), '--on', 'slurm', ...sets], cluster.env);
    const job = String((await running.event('worker-queued'))['job']).replace('Slurm job ', '');
    const places = join(place.folder, 'run/workers/places');
    const secrets = await secretsIn(sharedDisk === 'auto' ? places : null, folder);
    expect(secrets.length).toBeGreaterThan(1);
    const tried = await asNobody(
      [
        `ls -R ${places}; cat ${places}/*; find ${place.folder} -type f -exec cat {} +`,
        'ps axeww; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline',
        `scontrol show job ${job}; scontrol write batch_script ${job} -; squeue --json`,
        `cat ${folder}/log/* ${folder}/state/* ${folder}/state/*/*`,
      ].join('; '),
      cluster.env,
    );
    expect(tried).toMatch(/denied/);
    // Nor does its own user see it in a list, a script or a log.
    const shown = [
      await cluster.command('scontrol', ['show', 'job', job]),
      await cluster.command('scontrol', ['write', 'batch_script', job, '-']),
      await cluster.command('ps', ['axww']),
      await readFile(join(folder, 'log/slurmctld.log'), 'utf8'),
      await readFile(join(place.folder, 'run/journal.ndjson'), 'utf8'),
    ].join('');
    for (const secret of secrets) {
      expect(tried.includes(secret), 'nobody has it').toBe(false);
      expect(shown.includes(secret), 'it is shown').toBe(false);
    }
    if (sharedDisk === 'auto')
      for (const name of await readdir(places)) expect((await stat(join(places, name))).mode & 0o077).toBe(0);
    running.kill('SIGINT');
    await running.ended;
    // It ends with the wait for it.
    expect((await readdir(places).catch(() => [])).filter((name) => name.endsWith('.ticket'))).toEqual([]);
  });

  it('opens nothing once its worker is there, whoever has a copy', async () => {
    const place = await openPlace();
    await chmod(place.folder, 0o755);
    const sets = ['gpusPerSlot=0', 'cpusPerSlot=1', 'extraArguments=[--hold]'].flatMap((set) => [
      '--set',
      `cluster.${set}`,
    ]);
    const words = place.evalWords('run', '1', ['--epochs', '40', '--on', 'slurm', ...sets]);
    const running = place.start(words, cluster.env);
    const job = String((await running.event('worker-queued'))['job']).replace('Slurm job ', '');
    const places = join(place.folder, 'run/workers/places');
    const name = (await readdir(places)).find((one) => one.endsWith('.ticket')) ?? '';
    const stolen = join(place.folder, 'stolen');
    await copyFile(join(places, name), stolen);
    await chmod(stolen, 0o600);
    await cluster.command('scontrol', ['release', job]);
    await running.event('job-epoch');
    // Nor can another user see what the pilot and the worker have, while they run.
    const secrets = await secretsIn(place.folder, folder);
    expect(secrets.length).toBeGreaterThan(1);
    const tried = await asNobody(`cat ${places}/*; ps axeww; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline`);
    for (const secret of secrets) expect(tried.includes(secret), 'nobody has it').toBe(false);

    const { python } = JSON.parse(await readFile(stolen, 'utf8')) as { readonly python: string };
    const thief = spawn(python, ['-I', PILOT, stolen], { stdio: 'ignore' });
    const { message } = await running.event('warning');
    expect(message).toMatch(/A program that is no worker of this run tried to connect from .* was refused/);
    thief.kill('SIGKILL');
    const outcome = await running.ended;
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    expect(outcome.events.filter(({ type }) => type === 'worker-ready')).toHaveLength(1);
  });
});

/** Keys and tokens: from the ticket's file, or from where Slurm keeps the job's variables. */
async function secretsIn(places: string | null, slurm: string): Promise<string[]> {
  const found: string[] = [];
  const folder = places ?? join(slurm, 'state');
  for (const name of await listFiles(folder)) {
    const text = await readFile(join(folder, name), 'latin1');
    for (const [, secret] of text.matchAll(/(?:FSA_WORKER_SECRET_KEY":"|token\\?\\?":\\?\\?")([^"\\]{20,})/g))
      found.push(secret ?? '');
  }
  return [...new Set(found)];
}
