import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

const EXAMPLE = join(ROOT, 'examples/embed.mjs');

describe('examples/embed.mjs', () => {
  it('distils and measures, and the process ends by itself', async () => {
    const { exitCode, stdout, stderr } = await execa('node', [EXAMPLE, await temporaryFolder()], {
      reject: false,
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^step 3: validation loss \d+\.\d+$/m);
    expect(stdout).toMatch(/^atsa\/sample, seed 42: F1 \d+\.\d+$/m);
    expect(stdout).toMatch(/^acsa\/sample, seed 42: F1 \d+\.\d+$/m);
    expect(exitCode).toBe(0);
  });

  it('stops cleanly when its signal is aborted', async () => {
    const child = execa('node', [EXAMPLE, await temporaryFolder()], { reject: false });
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('step 3')) child.kill('SIGINT');
    });
    const { exitCode, stderr } = await child;
    expect(stderr).toContain('The run was cancelled.');
    expect(exitCode).toBe(130);
  });

  it('loads no sockets, servers, charts or graphs at import, and lets the process end', async () => {
    // A hook that names every package that is loaded, on both ways in.
    const hook = `
      import { writeSync } from 'node:fs';
      export async function load(url, context, next) {
        const name = /(?:node_modules|dist\\/chunks)\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1];
        if (name !== undefined) writeSync(1, name + '\\n');
        return await next(url, context);
      }
    `;
    const program = `
      import { createRequire, register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
      await import('fsa-distill');
      console.log(Object.keys(createRequire(import.meta.url).cache).join('\\n'));
      const { readFileSync } = await import('node:fs');
      console.log(process.platform === 'linux' ? readFileSync('/proc/self/maps', 'utf8') : '');
    `;
    const { stdout } = await execa('node', ['--input-type=module', '-e', program], { cwd: ROOT });
    for (const name of [
      'fastify',
      'onnxruntime',
      'tokenizers',
      'vega',
      'zeromq',
      'undici',
      '@huggingface',
      'zod',
    ])
      expect(stdout).not.toContain(name);
  });
});
