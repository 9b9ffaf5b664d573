/**
 * Mutated inputs: whatever a file holds, reading it ends in a value or in an `FsaError` with a place and
 * advice, soon, and nothing in its words acts on a terminal. `FSA_FUZZ=10000 npx vitest run test/faults/fuzz.test.ts`
 * takes many; the seed of each round is printed where it fails, and `FSA_FUZZ_SEED` runs it again.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { readBenchmarkFile } from '../../src/data/benchmark/benchmark.js';
import { readPredictions } from '../../src/data/benchmark/predictions.js';
import { checkFile } from '../../src/data/check/check.js';
import { readCorpus } from '../../src/data/corpus/corpus.js';
import { isFsaError } from '../../src/errors.js';
import { readResults, readRunFile } from '../../src/runs/run-folder.js';
import { taskNamed } from '../../src/tasks/registry.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

const ROUNDS = Number(process.env['FSA_FUZZ'] ?? 60);
const SEED = Number(process.env['FSA_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const LONGEST_MS = 2000;
const ACTS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/u;

/** Pieces that readers trip over, among them what acts on a terminal. */
const NASTY = [
  ...['\u001b]0;PWN\u0007', '\u009b31m', '\u202e', '\u0000', '\ufeff', '\r', '\n', '\t', '\ud800', '💥'],
  ...['NaN', 'Infinity', '-0', '1e999', '9007199254740993', '1267081518403440641', '0x10', '1e-400'],
  ...[
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '"',
    "'",
    '[',
    ']',
    '{',
    '}',
    ':',
    ',',
    '|',
    ';',
    '#',
    '-',
    '? ',
    '&a',
    '*a',
  ],
  ...[
    '"__proto__"',
    '"constructor"',
    '__proto__:',
    '!!binary',
    '<<:',
    '../../x',
    '[[[[[[[[',
    '{"a":{"a":{"a":',
  ],
];

type Mutation = (bytes: Buffer) => Buffer;

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(...NASTY)).map(
    ([at, piece]): Mutation =>
      (bytes) => {
        const place = Math.floor(at * bytes.length);
        return Buffer.concat([bytes.subarray(0, place), Buffer.from(piece), bytes.subarray(place)]);
      },
  ),
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)).map(
    ([at, byte]): Mutation =>
      (bytes) => {
        const changed = Buffer.from(bytes);
        if (changed.length > 0) changed[Math.min(changed.length - 1, Math.floor(at * changed.length))] = byte;
        return changed;
      },
  ),
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40)).map(
    ([at, count]): Mutation =>
      (bytes) => {
        const place = Math.floor(at * bytes.length);
        return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + count)]);
      },
  ),
  fc.double({ min: 0, max: 1, noNaN: true }).map(
    (at): Mutation =>
      (bytes) =>
        bytes.subarray(0, Math.floor(at * bytes.length)),
  ),
  // A value of the text in the place of another.
  fc.tuple(fc.nat(1000), fc.constantFrom(...NASTY)).map(
    ([pick, piece]): Mutation =>
      (bytes) => {
        const text = bytes.toString('utf8');
        const values = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null/g)];
        const value = values[pick % Math.max(1, values.length)];
        if (value === undefined) return bytes;
        return Buffer.from(text.slice(0, value.index) + piece + text.slice(value.index + value[0].length));
      },
  ),
);

/** What reads a mutated file, and a good one to begin with. */
interface Subject {
  readonly file: string;
  readonly good: string;
  readonly read: (path: string, folder: string) => Promise<unknown>;
}

const example = {
  ID: 1267081518403440641n.toString(),
  sentence: 'Great food, slow service',
  aspects: [
    { target: 'food', polarity: 'positive', from: 6, to: 10, category: 'FOOD#QUALITY' },
    { target: 'service', polarity: 'negative', from: 17, to: 24, category: 'SERVICE#GENERAL' },
  ],
};
const corpusRow = { ID: 7, Text: 'Great food', Overall: 5, mixtral_response: 'The food is great.' };
const seeds =
  'eval:\n  seeds: [42, 52]\n  models: { base: models/sample }\ndistill:\n  steps: 500\n  learningRate: 3e-3\nmodel: google-t5/t5-base\n';

const readAll = async (path: string): Promise<void> => {
  for await (const row of readCorpus(path)) expect(typeof row.id).toBe('string');
};

const SUBJECTS: readonly (readonly [string, Subject])[] = [
  [
    'config.yaml',
    {
      file: 'fsa.yaml',
      good: seeds,
      read: async (_, cwd) => await loadConfig({ preset: 'paper', file: 'fsa.yaml', cwd }),
    },
  ],
  [
    'a benchmark file',
    {
      file: 'train.json',
      good: JSON.stringify([example, { ...example, ID: '2' }], null, 1),
      read: async (path) => await readBenchmarkFile(path, 'atsa'),
    },
  ],
  [
    'a benchmark file, checked',
    {
      file: 'test.json',
      good: JSON.stringify([example]),
      read: async (path) => await checkFile(path, { task: 'acsa', onFinding: () => undefined }),
    },
  ],
  [
    'a corpus file',
    {
      file: 'corpus.json',
      good: `\ufeff${JSON.stringify(corpusRow)}\r\n${JSON.stringify({ ...corpusRow, ID: 8 })}\r\n`,
      read: readAll,
    },
  ],
  [
    'predictions',
    {
      file: 'predictions.jsonl',
      good: '{"text":"food | positive"}\n{"prediction":"service | negative"}\n{"id":1,"tuples":[{"term":"x","polarity":"neutral"}]}\n',
      read: async (path) => await readPredictions(path, { task: taskNamed('atsa') }),
    },
  ],
];

describe('a mutated input ends in a value or in words', () => {
  it.each(SUBJECTS)('%s', async (_, { file, good, read }) => {
    const folder = await temporaryFolder();
    const path = join(folder, file);
    await writeFile(path, good);
    await read(path, folder);
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        await writeFile(path, mutated(good, mutations));
        await expectValueOrWords(async () => await read(path, folder));
      }),
      { numRuns: ROUNDS, seed: SEED, endOnFailure: true },
    );
  });
});

describe('a mutated run folder ends in a value or in words', () => {
  const RUN_FILES = ['run.json', 'results.json'] as const;
  it.each(RUN_FILES)('%s', async (file) => {
    const folder = await temporaryFolder();
    const path = join(folder, file);
    const good = JSON.stringify({
      schema: 1,
      name: 'r',
      kind: 'eval',
      createdAt: '2026-01-01T00:00:00.000Z',
      identity: { model: 'x' },
      versions: { fsa: '0.1.0' },
      cells: [{ model: 'm', task: 'atsa', dataset: 'd', seed: 42 }],
      sha256: 'a'.repeat(64),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 0, maxLength: 4 }), async (mutations) => {
        await writeFile(path, mutated(good, mutations));
        await expectValueOrWords(async () =>
          file === 'run.json' ? await readRunFile(folder) : await readResults(folder),
        );
      }),
      { numRuns: ROUNDS, seed: SEED, endOnFailure: true },
    );
  });
});

function mutated(good: string, mutations: readonly Mutation[]): Buffer {
  return mutations.reduce<Buffer>((bytes, mutate) => mutate(bytes), Buffer.from(good));
}

async function expectValueOrWords(work: () => Promise<unknown>): Promise<void> {
  const cpu = process.cpuUsage();
  try {
    await work();
  } catch (error) {
    if (!isFsaError(error)) throw error;
    expect(error.code).not.toBe('BUG');
    const words = error.describe();
    expect(words).not.toMatch(ACTS);
    expect(error.where !== null || error.problems.length > 0, words).toBe(true);
    expect(error.advice, words).not.toBe(null);
  }
  // Processor time of this process: a busy machine makes nothing slower here.
  const { user, system } = process.cpuUsage(cpu);
  expect((user + system) / 1000).toBeLessThan(LONGEST_MS);
}

describe('a good input of each kind', () => {
  it('is read without words', async () => {
    const folder = await temporaryFolder();
    for (const [, { file, good, read }] of SUBJECTS) {
      await writeFile(join(folder, file), good);
      await read(join(folder, file), folder);
      expect(await readFile(join(folder, file), 'utf8')).toBe(good);
    }
  });
});
