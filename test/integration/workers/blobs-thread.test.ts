/** The thread that serves files: it starts in any program, and its end is said and not waited for. */
import { execa } from 'execa';
import type { Worker } from 'node:worker_threads';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../helpers/cli.js';
import type { JobSpec } from '../../../src/rpc/messages.js';
import { Blobs } from '../../../src/workers/blobs/blobs.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const PROBE = { kind: 'probe' } as unknown as JobSpec;

it('starts in a program that came on the command line', async () => {
  const folder = await temporaryFolder();
  const program = [
    "import { Blobs } from './src/workers/blobs/blobs.js';",
    `const blobs = await Blobs.open({ address: '127.0.0.1', port: null, folder: ${JSON.stringify(folder)} });`,
    'console.log(blobs.port > 0); await blobs.close();',
  ].join('\n');
  const words = ['--import', 'tsx', '--input-type=module', '-e', program];
  const said = await execa(process.execPath, words, { cwd: ROOT, reject: false });
  expect(said).toMatchObject({ stdout: 'true', stderr: '' });
});

it('that has ended refuses the next job in words, also one that waits for it', async () => {
  const folder = await temporaryFolder();
  const blobs = await Blobs.open({ address: '127.0.0.1', port: null, folder });
  const pass = blobs.admit(join(folder, 'worker.out'));
  await pass.begin(PROBE);
  const { thread } = blobs as unknown as { thread: Worker };
  const waiting = thread.terminate().then(async () => await pass.begin(PROBE));
  await expect(pass.begin(PROBE)).rejects.toThrow('The thread that serves files to workers has ended.');
  await expect(waiting).rejects.toMatchObject({ code: 'PROTOCOL' });
  await blobs.close();
});
