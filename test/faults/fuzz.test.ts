/**
 * Mutated inputs: whatever a file holds, reading it ends in a value or in an `FsaError` with a place and
 * advice, soon, and nothing in its words acts on a terminal. `FSA_FUZZ_RUNS=10000 npx vitest run
 * test/faults/fuzz.test.ts` takes many; the seed is printed, and `FSA_FUZZ_SEED` runs the same again.
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFsaError } from '../../src/errors.js';
import { seal } from '../../src/storage/sealed-json.js';
import { temporaryFolder } from '../helpers/temp-folder.js';
import { SAMPLE_STUDENT } from '../helpers/small-data.js';
import { SUBJECTS, type Subject } from './fuzz-subjects.js';
import { mutated, mutation } from './mutations.js';

const RUNS = Number(process.env['FSA_FUZZ_RUNS'] ?? 60);
const SEED = Number(process.env['FSA_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const LONGEST_MS = 2000;
const ACTS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/u;

describe(`a mutated input ends in a value or in words (${RUNS} of each kind, seed ${SEED})`, () => {
  it.each(Object.entries(SUBJECTS))(
    '%s',
    async (_, subject) => {
      const { folder, path } = await writeGood(subject);
      await fc.assert(
        fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
          const bytes = mutated(subject.good, mutations);
          await writeFile(path, subject.sealed === true ? sealedAgain(bytes) : bytes);
          await expectValueOrWords(async () => await subject.read(path, folder));
        }),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
    },
    Math.max(60_000, RUNS * 100),
  );
});

describe('a good input', () => {
  it.each(Object.entries(SUBJECTS))('%s is read without words', async (_, subject) => {
    const { folder, path } = await writeGood(subject);
    await subject.read(path, folder);
    expect((await readFile(path)).length).toBeGreaterThan(0);
  });
});

async function writeGood({ file, good, sealed }: Subject): Promise<{ folder: string; path: string }> {
  const folder = await temporaryFolder();
  const path = join(folder, file);
  if (file === 'config.json') await cp(SAMPLE_STUDENT, folder, { recursive: true });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, sealed === true ? sealedAgain(Buffer.from(good)) : good);
  return { folder, path };
}

/** As somebody would who knows how a seal is made: the seal tells accidents, not intent. */
function sealedAgain(bytes: Buffer): Buffer {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return Buffer.from(JSON.stringify(seal(value)));
  } catch {
    // What is no JSON has no seal.
  }
  return bytes;
}

async function expectValueOrWords(work: () => Promise<unknown>): Promise<void> {
  const cpu = process.cpuUsage();
  try {
    const words = await work();
    if (typeof words === 'string') expect(words).not.toMatch(ACTS);
  } catch (error) {
    if (!isFsaError(error)) throw error;
    expect(error.code, error.stack).not.toBe('BUG');
    const words = error.describe();
    expect(words).not.toMatch(ACTS);
    expect(error.where !== null || error.problems.length > 0, words).toBe(true);
    expect(error.advice, words).not.toBe(null);
  }
  // Processor time of this process: a busy machine makes nothing slower here.
  const { user, system } = process.cpuUsage(cpu);
  expect((user + system) / 1000).toBeLessThan(LONGEST_MS);
}
