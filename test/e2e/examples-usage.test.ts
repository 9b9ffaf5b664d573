/** What the programs in examples/ say of words that are wrong. */
import { join } from 'node:path';
import { execa } from 'execa';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

/** Modules of the examples, which are no programs. */
const NO_PROGRAMS = ['examples/words.mjs'];
const PROGRAMS = globSync(['examples/*.mjs', 'examples/**/run.mjs'], { cwd: ROOT, ignore: NO_PROGRAMS });

async function start(program: string, ...words: string[]) {
  return await execa(process.execPath, [join(ROOT, program), ...words], {
    cwd: await temporaryFolder(),
    reject: false,
  });
}

describe.each(PROGRAMS)('%s', (program) => {
  it('shows its usage, and refuses a flag that is none in a sentence', async () => {
    for (const flag of ['--help', '-h']) {
      const { exitCode, stdout, stderr } = await start(program, flag);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(new RegExp(`^Usage: node ${program} `));
    }
    const { exitCode, stdout, stderr } = await start(program, '--nope');
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toBe("Unknown option '--nope': --help shows the usage.");
    expect((await start(program, 'a', 'b', 'c', 'd', 'e', 'f')).stderr).toMatch(
      /^Unexpected word '\w': --help shows the usage\.$/,
    );
  });
});

it('a model and a file that are not there are a sentence', async () => {
  for (const program of ['examples/batch.mjs', 'examples/service.mjs', 'examples/nightly-gate.mjs']) {
    const { exitCode, stderr } = await start(program, 'nowhere');
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).not.toMatch(/^ {4}at /m);
  }
});
