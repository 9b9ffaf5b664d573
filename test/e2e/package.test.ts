import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

describe('the package', () => {
  it('works where it is installed: command, library, runtime files and sample', async () => {
    const folder = await temporaryFolder();
    const packed = await execa('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: ROOT,
    });
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'user', private: true, type: 'module' }),
    );
    await execa('npm', ['install', '--no-audit', '--no-fund', `./${filename}`], { cwd: folder });

    const fsa = join(folder, 'node_modules/.bin/fsa');
    expect((await execa(fsa, ['--version'], { cwd: folder })).stdout).toMatch(/^\d+\.\d+\.\d+$/);
    const sample = join(folder, 'node_modules/fsa/datasets/sample');
    const check = await execa(fsa, ['data', 'check', sample, '--quiet'], { cwd: folder });
    expect(check.stdout).toContain('benchmark (atsa)');

    // A user's own compiler, strict and without Node's types, reads the declarations.
    const compilerOptions = { strict: true, noEmit: true, skipLibCheck: false, target: 'es2022', types: [] };
    const node16 = { module: 'node16', moduleResolution: 'node16' };
    const settings = { compilerOptions: { ...compilerOptions, ...node16 }, files: ['a.mts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    await writeFile(
      join(folder, 'a.mts'),
      "import { evaluate, loadModel } from 'fsa'; void [evaluate, loadModel];",
    );
    await execa(join(ROOT, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: folder });

    const program = `
      import { distill } from 'fsa';
      const run = distill({ preset: 'sample', output: 'run', config: { distill: { steps: 2, batchSize: 2 } } });
      console.log((await run).steps);
    `;
    const { stdout } = await execa('node', ['--input-type=module', '-e', program], { cwd: folder });
    expect(stdout).toBe('2');
  });
});
