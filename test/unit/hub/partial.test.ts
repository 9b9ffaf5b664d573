import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/hub/api/digest.js';
import { PartialFile } from '../../../src/hub/transfer/partial-file.js';
import { FollowingHash, type RunningHash } from '../../../src/hub/transfer/running-hash.js';
import { gitSha1, sha256 } from '../../fixtures/hub-faults.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fsa-partial-'));
  path = join(folder, 'x.incomplete');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const content = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 7) % 251));

describe('a file on its way', () => {
  it('knows after being opened again how far each part had come', async () => {
    const first = await PartialFile.open(path, 1000, 300);
    const [a, b, c] = first.parts;
    expect([a, b, c].map((part) => [part?.start, part?.end])).toEqual([
      [0, 300],
      [300, 600],
      [600, 1000],
    ]);
    await first.append(a!, content.subarray(0, 300));
    await first.append(c!, content.subarray(600, 650));
    await first.close();
    const second = await PartialFile.open(path, 1000, 77);
    expect(second.parts.map((part) => second.nextByteOf(part))).toEqual([300, 300, 650]);
    expect(second.prefixBytes).toBe(300);
    expect(second.doneBytes).toBe(350);
    await second.close();
  });

  it.each([
    ['in one step', 1e9],
    ['though it is put on the disk while it comes', 100],
  ])('becomes the content exactly, under its final name, %s', async (_, syncedBytes) => {
    const partial = await PartialFile.open(path, 1000, 300, syncedBytes);
    for (const part of partial.parts) await partial.append(part, content.subarray(part.start, part.end));
    await partial.publish(join(folder, 'final'));
    expect(await readFile(join(folder, 'final'))).toEqual(content);
    expect(await readdir(folder)).toEqual(['final']);
  });

  it.each([
    ['something else', async () => await writeFile(path, 'hello')],
    ['a table for another size', async () => await (await PartialFile.open(path, 999, 300)).close()],
    ['a table that was cut', async () => await truncate(path, (await stat(path)).size - 3)],
    ['a table that claims too much', async () => await writeFile(path, await overclaim())],
  ])('starts anew from %s', async (_, spoil) => {
    const first = await PartialFile.open(path, 1000, 300);
    await first.append(first.parts[0]!, content.subarray(0, 300));
    await first.close();
    await spoil();
    const second = await PartialFile.open(path, 1000, 300);
    expect(second.doneBytes).toBe(0);
    await second.close();
  });

  async function overclaim(): Promise<Buffer> {
    const bytes = await readFile(path);
    bytes.writeDoubleLE(301, 1000 + 24);
    return bytes;
  }

  it('that lost its table when it was whole is whole', async () => {
    await writeFile(path, content);
    const partial = await PartialFile.open(path, 1000, 300);
    expect(partial.prefixBytes).toBe(1000);
    await partial.close();
  });

  it.each([0, 1, 2])('of %i bytes works too', async (bytes) => {
    const partial = await PartialFile.open(path, bytes, 300);
    if (bytes > 0) await partial.append(partial.parts[0]!, content.subarray(0, bytes));
    await partial.publish(join(folder, 'final'));
    expect((await stat(join(folder, 'final'))).size).toBe(bytes);
  });
});

describe('the digest of a file filled from several places', () => {
  type Start = (partial: PartialFile, digest: Digest) => RunningHash;
  const ways: readonly (readonly [string, Start])[] = [
    ['read back', (partial, digest) => partial.startHash(digest)],
    ['followed', (partial, digest) => new FollowingHash(path, partial, digest, 50)],
  ];
  const sha: Digest = { algorithm: 'sha256', hex: '' };

  it.each(ways)('is right in whatever order pieces come: %s', async (_, start) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('sha256' as const, 'git-sha1' as const),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 90 }),
        fc.infiniteStream(fc.nat()),
        async (algorithm, partBytes, pieceBytes, choices) => {
          const partial = await PartialFile.open(path, 1000, partBytes);
          const hash = start(partial, { algorithm, hex: '' });
          for (;;) {
            const open = partial.parts.filter((part) => partial.nextByteOf(part) < part.end);
            if (open.length === 0) break;
            const part = open[(choices.next().value ?? 0) % open.length]!;
            const from = partial.nextByteOf(part);
            await partial.append(part, content.subarray(from, Math.min(part.end, from + pieceBytes)));
            hash.advanced();
          }
          expect(await hash.finish()).toBe(algorithm === 'sha256' ? sha256(content) : gitSha1(content));
          await hash.abandon();
          await partial.discard();
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each(ways)('includes what an earlier process left: %s', async (_, start) => {
    const first = await PartialFile.open(path, 1000, 300);
    await first.append(first.parts[0]!, content.subarray(0, 300));
    await first.append(first.parts[1]!, content.subarray(300, 450));
    await first.close();
    const second = await PartialFile.open(path, 1000, 300);
    const hash = start(second, sha);
    for (const part of second.parts) {
      const from = second.nextByteOf(part);
      if (from === part.end) continue;
      await second.append(part, content.subarray(from, part.end));
      hash.advanced();
    }
    expect(await hash.finish()).toBe(sha256(content));
    await hash.abandon();
    await second.close();
  });

  it.each(ways)('is refused while there are gaps: %s', async (_, start) => {
    const partial = await PartialFile.open(path, 1000, 300);
    const hash = start(partial, sha);
    await expect(hash.finish()).rejects.toThrow('gaps');
    await hash.abandon();
    await partial.close();
  });

  it('says which file became shorter under its hands', async () => {
    const partial = await PartialFile.open(path, 1000, 300);
    const hash = new FollowingHash(path, { bytes: 1000, prefixBytes: 1000 }, sha);
    await truncate(path, 100);
    await expect(hash.finish()).rejects.toMatchObject({
      code: 'STORAGE',
      where: path,
      message: expect.stringContaining('became shorter') as string,
    });
    await hash.abandon();
    await partial.close();
  });
});
