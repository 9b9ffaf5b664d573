/** Engines that are not there or do not answer, and nodes that lack something: one clear sentence each, and nothing hangs. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PY_RUNTIME_FOLDER, readRuntime } from '../../../src/runtime/locate.js';
import {
  expectClearError,
  openPlace,
  readJson,
  wordsOf,
  type Outcome,
  type Place,
} from '../../faults/fault-place.js';
import { freePorts } from '../../helpers/free-ports.js';
import { noNamespaces, sshToElsewhere } from '../../helpers/namespaces.js';
import { SAMPLE_STUDENT } from '../../helpers/small-data.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const SET = (settings: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ['--set', `cluster.${key}=${value}`]);
const SMALL = { gpusPerSlot: 0, cpusPerSlot: 1 };
const check = (on: string, settings: Readonly<Record<string, string | number>> = {}): string[] => [
  'cluster',
  'check',
  '--json',
  '--on',
  on,
  ...SET({ ...SMALL, ...settings }),
];

/** Takes every connection and never says a word. */
async function openSilence(): Promise<number> {
  return await openPort(() => undefined);
}

/** Says a little now and then, and never comes to an end. */
async function openDrip(): Promise<number> {
  return await openPort((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
    const timer = setInterval(() => socket.write('['), 100);
    socket.on('close', () => clearInterval(timer));
  });
}

/** A page that is not Ray's. */
async function openWebPage(): Promise<number> {
  const page = '<html><h1>Sign in</h1></html>';
  return await openPort((socket) => {
    socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${page.length}\r\nconnection: close\r\n\r\n${page}`);
  });
}

async function openPort(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => serve(socket));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function expectWords(outcome: Outcome, exitCode: number, code: string, words: RegExp): void {
  expect(wordsOf(expectClearError(outcome, exitCode, code))).toMatch(words);
}

describe('an engine', { timeout: 200_000 }, () => {
  it('that is not installed is named, with what to do', async () => {
    const place = await openPlace();
    const env = { PATH: await temporaryFolder() };
    for (const words of [check('slurm'), place.evalWords('run', '1', ['--on', 'slurm', ...SET(SMALL)])])
      expectWords(
        await place.run(words, env),
        3,
        'RUNTIME',
        /There is no (sinfo|squeue) here\. .*Run fsa on a machine that submits jobs to Slurm/,
      );
    const ssh = check('ssh', { hosts: '[one]' });
    expectWords(await place.run(ssh, env), 3, 'RUNTIME', /one does not let ssh in\..*there is no ssh here/);
  });

  it('Ray that is away, silent, endless or something else is named with its address', async () => {
    const place = await openPlace();
    const away = `http://127.0.0.1:${await freePorts(1)}`;
    const silent = `http://127.0.0.1:${await openSilence()}`;
    const drip = `http://127.0.0.1:${await openDrip()}`;
    const page = `http://127.0.0.1:${await openWebPage()}`;
    for (const [rayAddress, words] of [
      [away, /Ray does not do what it is asked.*Check cluster\.rayAddress.*refuses connections/],
      [silent, /Ray does not do what it is asked.*Check cluster\.rayAddress.*no answer within 30 s/],
      [drip, /Ray does not do what it is asked.*Check cluster\.rayAddress.*no answer within 30 s/],
      [page, /Check cluster\.rayAddress.*does not speak as the dashboard of Ray does/],
    ] as const) {
      const outcome = await place.run(check('ray', { rayAddress }));
      expectWords(outcome, 3, 'RUNTIME', words);
      expect(wordsOf(outcome.error ?? { type: 'none' })).toContain(rayAddress);
    }
  });

  it('ssh to a host that is unknown, closed or silent says so', async () => {
    const place = await openPlace();
    const alone = '-F,none,-o,StrictHostKeyChecking=yes,-o,UserKnownHostsFile=/nowhere';
    const closed = await freePorts(1);
    const silent = await openSilence();
    for (const [hosts, port, words] of [
      ['[nowhere.invalid]', 22, /Could not resolve hostname/],
      ['[127.0.0.1]', closed, /Connection refused/],
      ['[127.0.0.1]', silent, /timed out/],
    ] as const) {
      const settings = { hosts, extraArguments: `[${alone},-p,"${port}"]` };
      const advice = `See that .ssh ${alone.replaceAll(',', ' ')} -p ${port} ${hosts.slice(1, -1)} true. works`;
      const both = new RegExp(`${words.source}|${advice}`, 'g');
      const refused = wordsOf(expectClearError(await place.run(check('ssh', settings)), 3, 'RUNTIME'));
      expect(refused.match(both)).toHaveLength(2);
      const run = place.evalWords(`run-${port}`, '1', ['--on', 'ssh', ...SET({ ...SMALL, ...settings })]);
      const outcome = await place.run(run);
      expectWords(outcome, 6, 'WORKER_LOST', new RegExp(`ssh does not get there \\(.*${words.source}`));
    }
  });
});

interface Elsewhere {
  readonly place: Place;
  readonly env: Record<string, string>;
}

/** Hosts that do not see the place's folder. @param runtime what they have where the runtime is here; null for nothing */
async function openElsewhere(
  runtime: string | null,
  more: { readonly hidden?: readonly string[]; readonly rooms?: Record<string, number> } = {},
): Promise<Elsewhere> {
  const place = await openPlace();
  const apart = await temporaryFolder();
  const hidden = [place.folder, dirname(SAMPLE_STUDENT), ...(more.hidden ?? [])];
  const shown = runtime === null ? {} : { [join(place.cache, 'runtime')]: runtime };
  const bin = await sshToElsewhere(apart, hidden, shown, more.rooms);
  return { place, env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } };
}

describe.skipIf(noNamespaces !== null)('a node', { timeout: 200_000 }, () => {
  const runtimes = async (): Promise<string> => dirname((await readRuntime()).folder);

  it('without the runtime or the package is named with what it needs', async () => {
    const bare = await openElsewhere(null);
    expectWords(
      await bare.place.run(check('ssh', { hosts: '[one]' }), bare.env),
      6,
      'WORKER_LOST',
      /could not start on \S+: the Python runtime is not at \/\S+\. This machine needs it under that very path/,
    );
    const half = await openElsewhere(await runtimes(), { hidden: [PY_RUNTIME_FOLDER] });
    expectWords(
      await half.place.run(check('ssh', { hosts: '[one]' }), half.env),
      6,
      'WORKER_LOST',
      /could not start on \S+: the package fsa is not at \S+fsa_runtime\./,
    );
  });

  it('with a runtime of another lock is refused before it computes', async () => {
    const ours = await readRuntime();
    const other = await temporaryFolder();
    const folder = join(other, basename(ours.folder));
    await mkdir(folder, { recursive: true });
    await symlink(join(ours.folder, ours.venv), join(folder, ours.venv));
    const record = await readJson<Record<string, unknown>>(join(ours.folder, 'runtime.json'));
    await writeFile(join(folder, 'runtime.json'), JSON.stringify({ ...record, lockHash: 'ab'.repeat(32) }));
    const { place, env } = await openElsewhere(other);
    const hosts = '[one]';
    for (const words of [
      check('ssh', { hosts }),
      place.evalWords('run', '1', ['--on', 'ssh', ...SET({ ...SMALL, hosts })]),
    ])
      expectWords(
        await place.run(words, env),
        3,
        'RUNTIME',
        /has another runtime on \S+: it was made from the lock abababababab….*fsa setup --force/,
      );
  });

  it('whose folder for files cannot be used is no worker, and the sentence names it', async () => {
    const { place, env } = await openElsewhere(await runtimes());
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const settings = { ...SMALL, hosts: '[one]', cacheFolder: `${file}/cache` };
    const words = place.evalWords('run', '1', ['--on', 'ssh', ...SET(settings)]);
    expectWords(
      await place.run(words, env),
      6,
      'WORKER_LOST',
      /could not start on \S+: no files can be kept in \S+file\/cache \(Not a directory\)\. Set cluster\.cacheFolder/,
    );
  });

  it('whose disk is full is named; the run goes on where there is room', async () => {
    const full = join(await temporaryFolder(), 'full');
    const { place, env } = await openElsewhere(await runtimes(), { rooms: { [full]: 300 } });
    const words = (cacheFolder: string): string[] =>
      place.evalWords('run', '1', ['--on', 'ssh', ...SET({ ...SMALL, hosts: '[one]', cacheFolder })]);
    expectWords(
      await place.run(words(join(full, 'cache')), env),
      6,
      'WORKER_LOST',
      /The disk of \S+ is still full, where workers keep files\. Free some space there, or set cluster\.cacheFolder/,
    );
    const roomy = await place.run(words(join(await temporaryFolder(), 'cache')), env);
    expect(roomy).toMatchObject({ exitCode: 0, error: null });
  });

  it.each([
    ['a little', 300],
    ['what its jobs read, and for no model of theirs', 2600],
  ])('whose disk has room for %s gives its cell to another, and gets no second one', async (_, kilobytes) => {
    const full = join(await temporaryFolder(), 'full');
    const { place, env } = await openElsewhere(await runtimes(), { rooms: { [full]: kilobytes } });
    const settings = { ...SMALL, hosts: '[one,two]', cacheFolder: join(full, 'cache') };
    const on = ['--parallel', '2', '--on', 'ssh', ...SET(settings)];
    // Long enough that the other does not do all before this one is there.
    const outcome = await place.run(
      place.evalWords('run', '1,2', ['--epochs', '8', '--keep-models', 'all', ...on]),
      env,
    );
    expect(outcome).toMatchObject({ exitCode: 0, error: null });
    const failed = outcome.events.filter(({ type }) => type === 'job-failed');
    expect(failed).toMatchObject([{ willRetry: true, error: { code: 'WORKER_LOST' } }]);
    expect(JSON.stringify(failed)).toMatch(
      /The disk of \S+ is full, where workers keep files \(\S+full\/cache\)/,
    );
  });
});
