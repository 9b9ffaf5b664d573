/** What is left of a router that was closed: nothing that keeps its process, or costs it anything. */
import { resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { openRouter } from '../../src/rpc/router.js';

const PROGRAM = resolve(import.meta.dirname, '../fixtures/open-and-close.ts');
const quiet = {
  silentAfterSeconds: 20,
  onHeader: () => true,
  onMessage: () => undefined,
  onMalformed: () => undefined,
  onTooLarge: () => undefined,
  onRefused: () => undefined,
};

describe.skipIf(process.platform !== 'linux')('a process whose routers are closed', () => {
  it('ends by itself, whenever its garbage is collected, and has no more open than at first', async () => {
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', PROGRAM, '100'],
      { reject: false, timeout: 120_000 },
    );
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const [early, late] = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, number>);
    expect(late?.['descriptors']).toBeLessThanOrEqual(Number(early?.['descriptors']) + 3);
    expect(late?.['threads']).toBe(early?.['threads']);
  });
});

describe('routers of one process', () => {
  it('can be open at once, opened while the last one closes, and know their own workers alone', async () => {
    const first = await openRouter(quiet);
    const second = await openRouter(quiet);
    expect(first.endpoint).not.toBe(second.endpoint);
    first.close();
    second.close();
    const [third, fourth] = await Promise.all([openRouter(quiet), openRouter(quiet)]);
    third.close();
    fourth.close();
  });
});
