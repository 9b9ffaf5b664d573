import { describe, expect, it } from 'vitest';
import { decidingSettings, isDeciding } from '../../../src/config/deciding.js';
import { distillSchema, evalSchema } from '../../../src/config/schema.js';
import { PRESETS } from '../../../src/config/presets.js';
import { describeDifferences, jobIdOf } from '../../../src/runs/identity.js';
import type { RunFile } from '../../../src/runs/types.js';

const run = (change: Partial<RunFile>): RunFile => ({
  schema: 1,
  kind: 'eval',
  name: 'r',
  createdAt: '',
  fsaVersion: '',
  config: {},
  identity: {},
  hashes: {},
  versions: {},
  device: 'cpu',
  notes: [],
  ...change,
});

describe('jobIdOf', () => {
  it('does not depend on the order of keys, and on every value', () => {
    expect(jobIdOf({ a: 1, b: { c: 2, d: 3 } })).toBe(jobIdOf({ b: { d: 3, c: 2 }, a: 1 }));
    expect(jobIdOf({ a: 1, b: { c: 2, d: 3 } })).not.toBe(jobIdOf({ a: 1, b: { c: 2, d: 4 } }));
  });
});

describe('describeDifferences', () => {
  it('names each setting with before and after, and what is gone', () => {
    const old = run({ identity: { eval: { epochs: 3, clip: 1 }, threads: 1 } });
    const now = run({ identity: { eval: { epochs: 5 }, threads: 1 } });
    expect(describeDifferences(old, now)).toEqual([
      'the setting eval.epochs was 3 and is now 5',
      'the setting eval.clip was 1 and is now not set',
    ]);
  });

  it('lets data come and go, but not change', () => {
    const old = run({ hashes: { a: '1', b: '2' } });
    expect(describeDifferences(old, run({ hashes: { a: '1', c: '3' } }))).toEqual([]);
    expect(describeDifferences(old, run({ hashes: { a: '9' } }))).toEqual([
      'the content of a was 1 and is now 9',
    ]);
  });
});

describe('which settings decide', () => {
  it('is said at the setting: paths, places and the axes of the matrix do not', () => {
    const free = (schema: typeof evalSchema | typeof distillSchema): string[] =>
      Object.keys(schema.shape).filter((name) => !isDeciding(schema, name));
    for (const name of ['models', 'datasets', 'seeds', 'trainShare', 'parallel', 'perGpu'])
      expect(free(evalSchema)).toContain(name);
    for (const name of ['corpus', 'validation', 'keepCheckpoints', 'checkpointEveryMinutes'])
      expect(free(distillSchema)).toContain(name);
    for (const name of ['learningRate', 'epochs', 'duplicates', 'targetOrder', 'generationBatchSize'])
      expect(decidingSettings(evalSchema, PRESETS.paper.eval)).toHaveProperty(name);
    for (const name of ['steps', 'dropOverlaps', 'validationShare'])
      expect(decidingSettings(distillSchema, PRESETS.paper.distill)).toHaveProperty(name);
  });

  it('takes a setting that nobody marked for one that decides', () => {
    expect(isDeciding(evalSchema, 'unheardOf')).toBe(true);
  });
});
