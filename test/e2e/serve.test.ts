import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fsa } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

describe('fsa serve', () => {
  it('needs a model, and one that is there', async () => {
    const cwd = await temporaryFolder();
    expect(await fsa(['serve', '--port', '0'], { cwd })).toMatchObject({ exitCode: 2 });
    const missing = await fsa(['serve', '--model', './nowhere', '--port', '0'], { cwd });
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain('nowhere');
  });

  it('refuses an empty token file', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'token'), '\n');
    const refused = await fsa(['serve', '--model', './nowhere', '--token-file', 'token'], { cwd });
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain('holds no token');
  });
});
