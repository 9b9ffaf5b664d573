/** Whatever a caller without a compiler passes, a verb that cannot use it says so, and is no bug. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as library from '../../../src/index.js';
import { isFsaError } from '../../../src/errors.js';

type Verbs = Omit<typeof library, 'FsaError' | 'isFsaError' | 'loadModel'>;
type Verb = keyof Verbs;
type Good = { readonly [Name in Verb]: Required<NonNullable<Parameters<Verbs[Name]>[0]>> };

const config = {
  preset: 'sample',
  configFile: 'fsa.yaml',
  sets: ['seed=1'],
  config: {},
  cwd: '/nowhere',
} as const;
const run = { ...config, output: 'out', replace: true, verify: true };
const near = { exactOnly: false, threshold: 0.5, shingleWords: 3 };
const [text, list, none] = ['word', ['word'], () => undefined];

/** An example of every option of every verb: one that is new does not compile until it is here. */
const GOOD: Good = {
  setup: { python: text, torchIndexUrl: text, offlineWheels: text, force: true, dev: true, extra: 'export' },
  doctor: {},
  download: {
    ...{ what: 'all', repo: text, revision: text, include: list, exclude: list, to: text, dryRun: true },
    ...{ concurrency: 2, offline: true, force: true, cwd: text },
  },
  teach: {
    ...run,
    dryRun: true,
    reuse: list,
    batch: true,
    cancelBatches: true,
    exportRequests: text,
    importAnswers: text,
  },
  distill: run,
  evaluate: {
    ...{ ...run, task: 'atsa', failFast: true, baseline: text, only: true, keepModels: 'best' },
    ...{ failUnder: list, noWorseThan: text },
  },
  baseline: run,
  zeroshot: run,
  checkCluster: run,
  finetune: { ...run, model: text, dataset: text, seed: 1 },
  predict: {
    ...{ backend: 'auto', task: 'atsa', raw: true, threads: 1, device: 'auto', cwd: text, model: text },
    ...{ input: text, inputFormat: 'text', output: text, onPrediction: none },
    stdin: (async function* () {})(),
  },
  exportModel: {
    model: text,
    format: 'onnx',
    layout: 'fsa',
    int8: true,
    measure: 'atsa/rest14',
    output: text,
    task: 'atsa',
    cwd: text,
  },
  checkData: { paths: list, task: 'atsa', fix: text, model: text, onFinding: none, cwd: text },
  describeData: {
    ...{
      paths: list,
      task: 'atsa',
      model: text,
      maxInputTokens: 1,
      maxTargetTokens: 1,
      html: text,
      cwd: text,
    },
  },
  dedupeData: { paths: list, to: text, by: 'row', ...near, cwd: text },
  importData: {
    ...{
      paths: list,
      train: list,
      dev: list,
      test: list,
      from: 'aste',
      task: 'atsa',
      output: text,
      dryRun: true,
    },
    ...{ map: { a: 'b' }, polarities: list, columns: { a: 'b' }, delimiter: ',', encoding: 'utf-8' },
    ...{ repair: ['spaces'], seed: 1, devShare: 0.1, testShare: 0.1, cwd: text },
  },
  findDataOverlap: { corpus: list, benchmark: list, task: 'atsa', ...near, cwd: text },
  score: {
    ...{ task: 'atsa', gold: list, predictions: text, plainLines: true, duplicates: 'each' },
    ...{ targetOrder: 'text', model: text, compare: 'exact', cwd: text },
  },
  report: {
    ...{ runs: list, formats: ['html'], baseline: text, title: text, createdAt: text, maxMistakes: 1 },
    ...{ hardwarePricePerHour: 1, gates: [], output: text, cwd: text },
  },
  makeCard: {
    ...{ model: text, license: text, languages: list, name: text, results: list, baseline: text },
    ...{ repo: text, output: text, cwd: text },
  },
  push: {
    ...{ model: text, license: text, languages: list, name: text, results: list, baseline: text, cwd: text },
    ...{ repo: text, private: true, message: text, dryRun: true },
  },
  listRuns: { folders: list, cwd: text },
  showRun: { run: text, cwd: text },
  diffRuns: { a: text, b: text, cwd: text },
  sync: { run: text, track: list, cwd: text },
  initConfig: { file: text, preset: 'sample', set: {}, cwd: text },
  showConfig: config,
};

const verbs = Object.keys(GOOD) as Verb[];
const JUNK = [
  null,
  5,
  NaN,
  -Infinity,
  10n,
  true,
  'a\0b',
  Symbol('s'),
  {},
  { then: 1 },
  [],
  [null],
  [['x']],
  new Date(0),
  none,
];

const kindOf = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? 'number' : typeof value;
  return Array.isArray(value) ? 'array' : Symbol.asyncIterator in value ? 'stream' : 'object';
};

/** Junk that is of another kind than the example, or of its kind and never right. */
const isWrong = (junk: unknown, good: unknown): boolean => {
  if (junk === null) return true;
  if (Array.isArray(junk) && Array.isArray(good)) return junk.length > 0;
  if (typeof junk === 'number' && typeof good === 'number') return !Number.isFinite(junk);
  return kindOf(junk) !== kindOf(good) || junk === 'a\0b';
};

async function refusalOf(verb: Verb, options: unknown, work?: unknown): Promise<unknown> {
  const call = library[verb] as (options: unknown, work?: unknown) => Promise<unknown>;
  return await call(options, work).then(
    () => null,
    (error: unknown) => error,
  );
}

const MAY_BE_NULL = ['importData.from', 'report.baseline'];

describe('a wrong argument', () => {
  it('is an example short of no verb', () => {
    const functions = Object.entries(library).filter(([, value]) => typeof value === 'function');
    const others = ['FsaError', 'isFsaError', 'loadModel'];
    expect(
      functions
        .map(([name]) => name)
        .filter((name) => !others.includes(name))
        .sort(),
    ).toEqual(verbs.sort());
  });

  it('ends in a USAGE error that names it, for any option of any verb', async () => {
    const wrong = verbs.flatMap((verb) =>
      Object.entries(GOOD[verb]).flatMap(([name, good]) =>
        JUNK.filter((junk) => isWrong(junk, good))
          .filter((junk) => junk !== null || !MAY_BE_NULL.includes(`${verb}.${name}`))
          .map((junk) => ({ verb, name, junk })),
      ),
    );
    for (const { verb, name, junk } of wrong) {
      const error = await refusalOf(verb, { ...GOOD[verb], [name]: junk });
      expect(isFsaError(error), `${verb}.${name} ${kindOf(junk)}: ${String(error)}`).toBe(true);
      expect(error, `${verb}.${name} ${kindOf(junk)}`).toMatchObject({ code: 'USAGE' });
      expect((error as Error).message).toContain(name);
    }
    expect(wrong.length).toBeGreaterThan(1000);
  });

  it.each(verbs)('may be all of them: %s', async (verb) => {
    for (const options of [null, 5, 'x', [], none, true]) {
      expect(await refusalOf(verb, options)).toMatchObject({ code: 'USAGE' });
    }
    for (const work of [null, 5, { signal: {} }, { signal: 5 }, { sinks: {} }, { sinks: [null] }]) {
      expect(await refusalOf(verb, {}, work)).toMatchObject({ code: 'USAGE' });
    }
  });

  it('is told from a right one in the words of the library', async () => {
    await expect(library.evaluate({ cwd: {}, outptu: 1 } as never)).rejects.toMatchObject({
      problems: ['cwd is an object, not a string', 'there is no option "outptu"; did you mean output?'],
    });
    await expect(library.score({ gold: [], predictions: '', task: 'absa' } as never)).rejects.toThrow(
      'An option of score is wrong: task is "absa": choose atsa or acsa or',
    );
  });

  it('of loadModel is told, too', async () => {
    const load = library.loadModel as (path: unknown, options?: unknown) => Promise<unknown>;
    // Whatever it was aborted with, it is told as everything is.
    await expect(load('nowhere', { signal: AbortSignal.abort('enough') })).rejects.toMatchObject({
      code: 'CANCELLED',
      cause: 'enough',
    });
    for (const path of [null, 5, {}, 'a\0b'])
      await expect(load(path)).rejects.toMatchObject({ code: 'USAGE' });
    for (const options of [null, { threads: '2' }, { signal: {} }, { backend: 'tf' }, { cwd: 5 }]) {
      await expect(load('x', options)).rejects.toMatchObject({ code: 'USAGE' });
    }
  });

  it('inside the settings ends in words, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.object({
          key: fc.constantFrom('eval', 'distill', 'models', 'seeds', 'llm', 'track', 'x'),
          maxDepth: 3,
        }),
        async (settings) => {
          const error = await refusalOf('showConfig', { config: settings });
          if (error !== null)
            expect(error).toMatchObject({ code: expect.stringMatching(/^(CONFIG|USAGE)$/) as string });
        },
      ),
      { numRuns: 300 },
    );
  });
});
