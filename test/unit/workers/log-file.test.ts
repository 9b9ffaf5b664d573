import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LogFile } from '../../../src/workers/log-file.js';

async function logPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fsa-log-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'jobs/1/worker.log');
}

describe('the log of a worker', () => {
  it('is whole below the cap, and keeps head and tail above it', async () => {
    const path = await logPath();
    const chunks = fc.array(
      fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(chunks, async (written) => {
        await rm(path, { force: true });
        const log = await LogFile.open(path, 50, 30);
        await Promise.all(written.map((chunk) => log.write(chunk)));
        await log.close();
        const all = Buffer.concat(written);
        const kept = await readFile(path);
        if (all.length <= 80) expect(kept).toEqual(all);
        else {
          const mark = Buffer.from(`\n… ${all.length - 80} bytes left out …\n`);
          expect(kept).toEqual(Buffer.concat([all.subarray(0, 50), mark, all.subarray(-30)]));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('goes on after an earlier worker, and starts anew at the cap', async () => {
    const path = await logPath();
    for (const text of ['first\n', 'second\n']) {
      const log = await LogFile.open(path, 10, 10);
      await log.write(Buffer.from(text));
      await log.close();
    }
    expect(await readFile(path, 'utf8')).toBe('first\nsecond\n');
    const full = await LogFile.open(path, 10, 10);
    await full.write(Buffer.from('x'.repeat(30)));
    await full.close();
    const anew = await LogFile.open(path, 10, 10);
    await anew.write(Buffer.from('anew'));
    await anew.close();
    expect(await readFile(path, 'utf8')).toBe('anew');
  });

  it('waits for the folder to be ours, and makes nothing where it will not be', async () => {
    const path = await logPath();
    let allow = (): void => undefined;
    const log = LogFile.openOnce(new Promise((resolve) => (allow = resolve)), path);
    const written = log.write(Buffer.from('early\n'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(existsSync(path)).toBe(false);
    allow();
    await written;
    await log.close();
    expect(await readFile(path, 'utf8')).toBe('early\n');
    const refused = LogFile.openOnce(Promise.reject(new Error('given up')), `${path}.never`);
    await refused.write(Buffer.from('unheard'));
    await refused.close();
    expect(refused.recent()).toBe('unheard');
    expect(existsSync(`${path}.never`)).toBe(false);
  });

  it('keeps the last words of a process that ends before the folder is ours', async () => {
    const path = await logPath();
    let allow = (): void => undefined;
    const log = LogFile.openOnce(new Promise((resolve) => (allow = resolve)), path);
    // As a pipe is read: the next chunk is taken when the one before is taken care of.
    await log.write(Buffer.from('Traceback\n'));
    await log.write(Buffer.from('ImportError\n'));
    expect(log.recent()).toBe('Traceback\nImportError\n');
    allow();
    await log.close();
    expect(await readFile(path, 'utf8')).toBe('Traceback\nImportError\n');
  });

  it('remembers the last words', async () => {
    const log = await LogFile.open(await logPath());
    await log.write(Buffer.from(`${'x'.repeat(20_000)}the end`));
    expect(log.recent()).toHaveLength(8192);
    expect(log.recent().endsWith('the end')).toBe(true);
    await log.close();
  });

  it.skipIf(process.platform !== 'linux')('keeps reading though the disk is full', async () => {
    const log = await LogFile.open('/dev/full');
    await log.write(Buffer.from('lost'));
    await log.write(Buffer.from(' words'));
    expect(log.recent()).toBe('lost words');
    await log.close();
  });
});
