/** Folders that are hard to write to or hard to write down, no port, few descriptors, a clock that jumps. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parseLines, ROOT } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temp-folder.js';
import { undisturbedNumbers, undisturbedStudent } from './undisturbed-run.js';
import { mountDisk } from './disk.js';
import {
  expectClearError,
  isLinux,
  isLinuxRoot,
  numbersOf,
  openPlace,
  studentOf,
  wordsOf,
  type Said,
} from './fault-place.js';

/** Moves the wall clock of the program it is preloaded into: an hour back, and later a day ahead. */
const JUMPING_CLOCK = `
const RealDate = Date;
let asked = 0;
const shift = () => (asked < 5 ? 0 : asked < 9 ? -3_600_000 : 86_400_000);
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shift(++asked));
    else super(...args);
  }
  static now() {
    return RealDate.now() + shift();
  }
};
`;

describe('unusual folder locations', () => {
  it('a path with spaces, quotes, umlauts and 200 characters, while the clock jumps', async () => {
    const parent = await temporaryFolder();
    const name = `it's "so" $HOME & ünï中文 %20 [x] ${'long '.repeat(60)}`;
    const folder = join(parent, name.slice(0, 200 - tmpdir().length).trim());
    await mkdir(folder);
    const place = await openPlace(folder);
    const clock = join(parent, 'clock.mjs');
    await writeFile(clock, JUMPING_CLOCK);
    const jumping = { NODE_OPTIONS: `--import=${clock}` };
    const evaluated = await place.run(place.evalWords('run'), jumping);
    expect(evaluated).toMatchObject({ exitCode: 0, error: null, stderr: '' });
    expect(await numbersOf(join(folder, 'run'))).toEqual(await undisturbedNumbers());
    const distilled = await place.run(place.distillWords('student'), jumping);
    expect(distilled).toMatchObject({ exitCode: 0, error: null });
    expect(await studentOf(join(folder, 'student'))).toEqual(await undisturbedStudent());
    for (const { events } of [evaluated, distilled]) {
      expect(jumpsBack(events), 'the clock did jump').toBe(true);
      for (const { seconds } of events) {
        if (seconds === undefined) continue;
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThan(600);
      }
    }
  }, 240_000);

  it('a run folder that is read-only is one clear error', async () => {
    const place = await openPlace();
    const run = join(place.folder, 'run');
    await mkdir(run);
    if (isLinuxRoot) mountDisk(run, 1 << 20).readOnly(true);
    else await chmod(run, 0o555);
    const error = expectClearError(await place.run(place.evalWords('run')), 2, 'STORAGE');
    expect(wordsOf(error)).toMatch(/read-only|Permission was refused/);
    expect(wordsOf(error)).toContain(run);
    if (!isLinuxRoot) await chmod(run, 0o755);
  });

  it.skipIf(!isLinuxRoot)(
    'without a port left on the loopback interface it is one clear error',
    async () => {
      const place = await openPlace();
      // A network of its own with two ports for everybody, both of which are taken.
      const holdPorts = `
        const servers = [40000, 40001].map((port) => require('node:net').createServer().listen(port, '127.0.0.1'));
        Promise.all(servers.map((server) => require('node:events').once(server, 'listening'))).then(() => {
          const fsa = require('node:child_process').spawnSync(process.execPath, process.argv.slice(1), { stdio: 'inherit' });
          process.exit(fsa.status);
        });`;
      const range = 'echo 40000 40001 > /proc/sys/net/ipv4/ip_local_port_range && exec "$@"';
      const command = ['-n', 'sh', '-c', range, 'sh', process.execPath, '-e', holdPorts, '--'];
      const { exitCode, stdout, stderr } = await execa(
        'unshare',
        [...command, join(ROOT, 'bin/fsa.js'), ...place.evalWords('run')],
        { cwd: place.folder, env: place.env, reject: false, timeout: 60_000 },
      );
      expect(stderr).not.toMatch(/\n\s+at .*:\d+/);
      const [last] = parseLines(stdout).reverse();
      expect(last).toMatchObject({ type: 'error', code: 'PROTOCOL', exitCode: 5 });
      expect(wordsOf(last as Said)).toMatch(/No port for workers could be opened.*127\.0\.0\.1.*firewall/);
      expect(exitCode).toBe(5);
      expect((await place.run(place.evalWords('run'))).exitCode).toBe(0);
      expect(await numbersOf(join(place.folder, 'run'))).toEqual(await undisturbedNumbers());
    },
    240_000,
  );

  it.skipIf(!isLinux)(
    'without file descriptors left, or with a limit on sizes, it ends in one clear error, at whatever point',
    async () => {
      const place = await openPlace();
      const words = place.evalWords('run');
      const limits = [
        ...['-n 28', '-n 32', '-n 34', '-n 36', '-n 40'].map(
          (limit) => [limit, /Too many files are open.*ulimit -n/] as const,
        ),
        ...['-f 1', '-f 40'].map((limit) => [limit, /grew over the size allowed here.*ulimit -f/] as const),
      ];
      for (const [limit, sentence] of limits) {
        const command = ['sh', '-c', `ulimit ${limit}; exec "$@"`, 'sh', process.execPath];
        const { exitCode, stdout, stderr } = await execa(
          'env',
          // Whatever started the tests may have it ignored, which children inherit.
          ['--default-signal=XFSZ', ...command, join(ROOT, 'bin/fsa.js'), ...words],
          {
            cwd: place.folder,
            env: place.env,
            reject: false,
            timeout: 60_000,
          },
        );
        expect(stderr, limit).not.toMatch(/\n\s+at .*:\d+/);
        const [last] = parseLines(stdout).reverse();
        expect(last, limit).toMatchObject({ type: 'error', code: 'STORAGE', exitCode: 2 });
        expect(wordsOf(last as Said)).toMatch(sentence);
        expect(exitCode).toBe(2);
      }
      expect((await place.run(words)).exitCode).toBe(0);
      expect(await numbersOf(join(place.folder, 'run'))).toEqual(await undisturbedNumbers());
    },
    240_000,
  );
});

function jumpsBack(events: readonly Said[]): boolean {
  const times = events.map(({ time }) => Date.parse(String(time)));
  return times.some((time, index) => time < (times[index - 1] ?? 0) - 1_000_000);
}
