/** What `fsa setup` says of environments that are there already; making one: test/integration/runtime/ensure.test.ts. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fsa } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

it('names the torch that the interpreter imports, also where it lies in the runtime below', async () => {
  // Where the tests run, their environment is there.
  const { stdout, exitCode } = await fsa(['setup', '--dev', '--quiet']);
  expect(exitCode).toBe(0);
  const [python = '', versions = ''] = stdout.trim().split('\n');
  const asked = execFileSync(python, [
    '-c',
    'import importlib.metadata as m, platform; print(f"Python {platform.python_version()}, torch {m.version(\'torch\')}")',
  ]);
  expect(versions).toBe(asked.toString().trim());
}, 120_000);

it('refuses a folder of wheels that is not there before it makes anything', async () => {
  const nowhere = join(await temporaryFolder(), 'wheels');
  const { stderr, exitCode } = await fsa(['setup', '--offline', nowhere]);
  expect({ stderr, exitCode }).toEqual({
    stderr: `fsa: There is no such folder of wheels. (${nowhere})\nName the folder that holds them with --offline.\n`,
    exitCode: 2,
  });
});
