/** `npm run bench` as a user runs it, with the smallest model. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { hashLock } from '../../../src/runtime/locate.js';
import { ROOT } from '../../helpers/cli.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const bench = async (words: readonly string[], env: Record<string, string> = {}) =>
  await execa(process.execPath, ['--import', 'tsx', join(ROOT, 'bench/main.ts'), ...words], {
    cwd: ROOT,
    env,
    reject: false,
  });

describe('the benchmark', () => {
  // Each side is a process that imports torch: one run shows both the table and the profile.
  it("times both sides, shows where a step's time goes, prints the tables and writes JSON and page", async () => {
    const folder = await temporaryFolder();
    const [json, page] = [join(folder, 'bench.json'), join(folder, 'page.md')];
    const marks = (name: string): string => `<!-- ${name}: begin -->\n<!-- ${name}: end -->\n`;
    await writeFile(page, `Before.\n${marks('bench')}Between.\n${marks('profile')}After.\n`);
    const words = ['--quick', '--only', 'finetune', '--profile', '--shapes', 'tiny', '--device', 'cpu'];
    const rest = ['--threads', '1', '--json', json, '--markdown', page, '--cache', folder];
    const run = await bench([...words, ...rest]);
    expect(run.stderr).toContain('finetune tiny, pair 1');
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/\| fine-tuning step \| tiny \| 3× \| 4× \|/);
    const { finetune, machine } = JSON.parse(await readFile(json, 'utf8')) as Record<
      string,
      Record<string, unknown>
    >;
    expect(machine).toMatchObject({ device: 'cpu', threads: 1 });
    const { ratio, min, max, usefulMfu } = finetune as Record<string, number>;
    expect(ratio).toBeGreaterThan(0);
    expect([min, max]).toEqual([ratio, ratio]);
    expect(usefulMfu).toBeGreaterThan(0);
    const [table = '', profile = ''] = (await readFile(page, 'utf8')).split('Between.');
    expect(table).toMatch(/^Before\.\n<!-- bench: begin -->\n\n/);
    expect(profile).toMatch(/<!-- profile: end -->\nAfter\.\n$/);
    for (const part of [table, profile])
      expect(run.stdout).toContain(part.split(/<!-- \w+: (?:begin|end) -->/)[1]?.trim());
    expectWholeSteps(profile);
  });

  it('says in one sentence what is wrong with its command line', async () => {
    const { exitCode, stderr } = await bench(['--only', 'speed']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^--only knows distill, .*, not "speed"\.\n/);
  });

  it('names what is missing: the runtime, or what the yardstick needs on top', async () => {
    const cache = await temporaryFolder();
    const nothing = await bench(['--quick'], { FSA_CACHE: cache });
    expect(nothing).toMatchObject({ exitCode: 3 });
    expect(nothing.stderr).toContain('Run `fsa setup`.');

    const lockHash = await hashLock();
    const folder = join(cache, 'runtime', lockHash.slice(0, 16));
    await mkdir(folder, { recursive: true });
    const record = {
      schema: 1,
      lockHash,
      packages: {},
      pythonVersion: '3.11.0',
      basePython: '/usr/bin/python3',
      torchIndexUrl: null,
      venv: 'venv-0',
      createdAt: new Date().toISOString(),
    };
    await writeFile(join(folder, 'runtime.json'), JSON.stringify(record));
    const without = await bench(['--quick'], { FSA_CACHE: cache });
    expect(without).toMatchObject({ exitCode: 3 });
    expect(without.stderr).toContain('`accelerate`');
    expect(without.stderr).toContain('fsa setup --dev');
  });
});

/** Every column of the profile accounts for its whole step, and products were seen. */
function expectWholeSteps(profile: string): void {
  const rows = profile.split('\n').filter((line) => / %/.test(line));
  const columns = rows.map((row) =>
    row
      .split('|')
      .slice(2, 4)
      .map((cell) => parseInt(cell, 10)),
  );
  for (const column of [0, 1]) {
    const total = columns.reduce((sum, row) => sum + (row[column] ?? NaN), 0);
    expect(Math.abs(total - 100), profile).toBeLessThanOrEqual(5);
  }
  expect(rows.find((row) => row.startsWith('| matrix products'))).not.toContain('| 0 %');
}
