import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LoadOptions } from '../../../src/config/load.js';
import { PRESETS } from '../../../src/config/presets.js';
import { loadIn, refusalIn } from './loading.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const SETTINGS =
  'there are model, seed, device, threads, distill, eval, llm, teach, baseline, zeroshot, serve, cluster, and track';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const load = async (yaml: string | null, options: Partial<LoadOptions> = {}) =>
  await loadIn(folder, yaml, options);
const refusal = async (yaml: string | null, options: Partial<LoadOptions> = {}) =>
  await refusalIn(folder, yaml, options);

describe('layers', () => {
  it('is the preset where nothing is said, and a copy of it', async () => {
    const { config, sources } = await load(null);
    expect(config).toEqual(PRESETS.paper);
    expect(sources).toEqual({});
    config.eval.seeds.push(1);
    config.distill.steps = 1;
    expect((await load(null)).config).toEqual(PRESETS.paper);
  });

  it('lets the file win over the preset, --set over the file, later over earlier, options over all', async () => {
    const { config, sources } = await load(
      'seed: 1\ndistill:\n  steps: 10\n  batchSize: 2\n  clip: 0.5\n  accumulation: 3\n',
      {
        sets: ['distill.batchSize=4', 'distill.clip=2', 'distill.clip=2.5', 'distill.accumulation=6'],
        overrides: { distill: { accumulation: 7, steps: undefined } },
      },
    );
    expect(config.distill).toMatchObject({ steps: 10, batchSize: 4, clip: 2.5, accumulation: 7 });
    expect(config.distill.learningRate).toBe(3e-3);
    expect(sources).toEqual({
      seed: 'fsa.yaml:1:7',
      'distill.steps': 'fsa.yaml:3:10',
      'distill.batchSize': '--set distill.batchSize=4',
      'distill.clip': '--set distill.clip=2.5',
      'distill.accumulation': 'options',
    });
  });

  it('merges maps by key and replaces lists whole', async () => {
    const { config } = await load('eval:\n  models: { base: a/b, mine: ./m }\n  seeds: [1, 2, 3]\n', {
      sets: ['eval.models.mine=c/d', 'eval.models.v1.5=e/f', 'eval.seeds=[9]', 'eval.datasets=[atsa/rest14]'],
    });
    expect(config.eval.models).toEqual({ base: 'a/b', mine: 'c/d', 'v1.5': 'e/f' });
    expect(config.eval.seeds).toEqual([9]);
    expect(config.eval.datasets).toEqual(['atsa/rest14']);
  });

  it('reads --set values as YAML', async () => {
    const { config } = await load(null, {
      sets: [
        'distill.learningRate=1e-4',
        'distill.validation=null',
        'distill.dropOverlaps=true',
        'model=a=b/c',
        'eval={epochs: 3, trainShare: [0.1, 1]}',
        'eval.precision=fp32',
      ],
    });
    expect(config.distill).toMatchObject({ learningRate: 1e-4, validation: null, dropOverlaps: true });
    expect(config.model).toBe('a=b/c');
    expect(config.eval).toMatchObject({ epochs: 3, trainShare: [0.1, 1], precision: 'fp32' });
  });

  it.each([
    '',
    '# nothing yet\n',
    'distill:\n  # steps: 5\neval:\n',
    '\uFEFFseed: 42\r\nmodel: google-t5/t5-base\r\n',
  ])('takes %j as saying nothing new', async (yaml) => {
    expect((await load(yaml)).config).toEqual(PRESETS.paper);
  });

  it('does not touch what the caller gave', async () => {
    const overrides = Object.freeze({ eval: Object.freeze({ seeds: Object.freeze([5]) as number[] }) });
    const { config } = await load(null, { overrides });
    config.eval.seeds.push(6);
    expect(overrides.eval.seeds).toEqual([5]);
  });
});

describe('problems', () => {
  it('tells all of them at once, each with its line and the key as written', async () => {
    const error = await refusal(
      [
        'seed: -1',
        'distill:',
        '  stpes: 10',
        '  batch_size: 2',
        '  steps: 2.5',
        '  precision: fp16',
        '  clip:',
        '    0',
        'eval:',
        '  seeds: [42, x]',
        '  models: { base: 3 }',
        '  epochs: 200_000',
      ].join('\n'),
      { sets: ['distill.clip=none', 'learningRate=0.1'], overrides: { device: 'tpu' as 'cpu' } },
    );
    expect(error.code).toBe('CONFIG');
    expect(error.exitCode).toBe(2);
    expect(error.problems).toEqual([
      'fsa.yaml:1:7: seed must be a whole number from 0 to 4294967295, not -1',
      'fsa.yaml:3:3: distill.stpes is not a setting; did you mean distill.steps?',
      'fsa.yaml:4:3: distill.batch_size is not a setting; did you mean distill.batchSize?',
      'fsa.yaml:5:10: distill.steps must be a whole number of at least 1, not 2.5',
      'fsa.yaml:6:14: distill.precision must be one of bf16, fp32, not "fp16"',
      'fsa.yaml:8:5: distill.clip must be a number above 0, not 0',
      'fsa.yaml:10:15: eval.seeds[1] must be a whole number from 0 to 4294967295, not "x"',
      'fsa.yaml:11:19: eval.models.base must be text, not 3',
      'fsa.yaml:12:11: eval.epochs must be a whole number of at least 0, not "200_000"; write 200000',
      '--set distill.clip=none: distill.clip must be a number above 0, not "none"',
      '--set learningRate=0.1: learningRate is not a setting; did you mean distill.learningRate or eval.learningRate?',
      'options: device must be one of auto, cpu, cuda, not "tpu"',
    ]);
    expect(error.message).toBe('The configuration has 12 problems.');
  });

  it('tells a list that is too short, whose items are all right', async () => {
    const { problems } = await refusal('zeroshot:\n  labels:\n    negative: []\n');
    expect(problems).toEqual([
      'fsa.yaml:3:5: zeroshot.labels.negative must be a list, each item text, not an empty list',
    ]);
  });

  it('tells a wrong value even where a later layer would replace it', async () => {
    const error = await refusal('distill: 5\n', { sets: ['distill.steps=5'] });
    expect(error.problems).toEqual(['fsa.yaml:1:10: distill must be a map of settings, not 5']);
  });

  it.each([
    ['distill:\n\tsteps: 1', '2:1: Lines must be indented with spaces, not tabs'],
    ['seed: 1\nmodel: a\nseed: 2', '3:1: The key seed stands here a second time'],
    ['seed: 1\n---\nseed: 2', '2:1: Only one document may stand in the file: remove what follows `---`'],
    ['model: !!js/function x', '1:8: Tags (`!…`) have no meaning here'],
    ['? [a]\n: 1', '1:3: A key must be a single word, not a list or a map'],
    ['- seed: 1', '1:1: The configuration must be a map of settings, not a list'],
    ['<<: { seed: 1 }', `1:1: << is not a setting; ${SETTINGS}`],
    ['__proto__: { polluted: 1 }', `1:1: __proto__ is not a setting; ${SETTINGS}`],
    ['eval: { models: { __proto__: x } }', '1:19: "__proto__" cannot be a name'],
    ['constructor: { prototype: { polluted: 1 } }', `1:1: constructor is not a setting; ${SETTINGS}`],
  ])('refuses %j', async (yaml, problem) => {
    expect((await refusal(yaml)).problems).toContain(`fsa.yaml:${problem}`);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('keeps every digit of an integer that no number holds, wherever it is written', async () => {
    const digits = '9007199254740993';
    const file = await refusal(
      `seed: ${digits}\neval:\n  seeds: [1, -${digits}]\ndistill:\n  steps: 99999999999999999999\n  clip: ${digits}\n`,
    );
    const problems = file.problems;
    for (const shown of [digits, `-${digits}`, '99999999999999999999'])
      expect(JSON.stringify(problems)).toContain(`not ${shown}`);
    const set = await refusal(null, { sets: [`seed=${digits}`, 'eval.seeds=[0x20000000000001]'] });
    expect(JSON.stringify(set.problems)).toContain(`not ${digits}`);
    const { config } = await load(
      'seed: 0x10\neval:\n  models: { 5: google-t5/t5-small }\n  seeds: [0o17, 7]\n',
    );
    expect(config).toMatchObject({ seed: 16, eval: { seeds: [15, 7], models: { 5: 'google-t5/t5-small' } } });
    const twice = await refusal('eval:\n  models: { 5: a, 5: b }\n');
    expect(JSON.stringify(twice.problems)).toContain('a second time');
  });

  it('refuses aliases that multiply', async () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(`*${of}`).join(', ')}]`;
    const yaml = ['a: &a [x]', level('b', 'a'), level('c', 'b'), level('d', 'c'), level('e', 'd')].join('\n');
    expect((await refusal(yaml)).problems.join('\n')).toMatch(/anchors and aliases/);
  });

  it.each(['distill.steps', '=5', 'distill..steps=5', '.=5', '', 'steps =5\n'])(
    'refuses --set %j',
    async (assignment) => {
      const { problems } = await refusal(null, { sets: [assignment] });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(`--set ${assignment}: `);
    },
  );

  it('repeats no key, wherever somebody wrote one, and says where keys belong', async () => {
    const key = 'sk-proj-0123456789abcdef';
    for (const sets of [[`llm.apiKey=${key}`], ['llm.key=a-key-of-no-known-form'], [`llm.apiKey=[${key}`]]) {
      const said = JSON.stringify((await refusal(null, { sets })).problems);
      expect(said).not.toMatch(/0123456789|no-known-form/);
      if (!sets[0]?.includes('[')) expect(said).toContain('llm.keyFrom names the variable');
    }
    for (const yaml of [`llm: ${key}\n`, `llm:\n  apiKey: ${key}\n`, `llm:\n  concurrency: ${key}\n`])
      expect(JSON.stringify((await refusal(yaml)).problems)).not.toContain('0123456789');
  });

  it.each([
    ['llm.price.input=1e308', 'a number from 0 to 1000000'],
    ['llm.maxWaitSeconds=1e12', 'a number from 0 to 604800'],
    ['teach.maxAnswerTokens=1e15', 'from 1 to 1000000'],
    ['llm.concurrency=0', 'from 1 to 1024'],
    ['teach.budget=0', 'above 0'],
    ['model=[1, 2', 'not YAML'],
    ['__proto__.polluted=1', `__proto__ is not a setting; ${SETTINGS}`],
    ['eval.models.__proto__=x', '"__proto__" cannot be a name'],
    ['distill.steps.x=1', 'distill.steps must be a whole number of at least 1, not a map'],
    ['eval.seeds=42', 'eval.seeds must be a list'],
  ])('refuses --set %s', async (assignment, reason) => {
    expect((await refusal(null, { sets: [assignment] })).problems.join('\n')).toContain(reason);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['missing.yaml', 'is not there'],
    ['.', 'is a folder'],
    ['latin1.yaml', 'is not UTF-8'],
    ['huge.yaml', 'larger than 1 MiB'],
  ])('says what is wrong with %s', async (file, reason) => {
    await writeFile(join(folder, 'latin1.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    await writeFile(join(folder, 'huge.yaml'), '#'.repeat(1024 * 1024 + 1));
    const error = await refusal(null, { file });
    expect(error.message).toContain(reason);
    expect(error.where).toBe(file);
  });

  it('names the preset that was meant', async () => {
    const error = await refusal(null, { preset: 'papr' as 'paper' });
    expect(error.describe()).toContain('Did you mean paper?');
  });
});

describe('a file that no person wrote', () => {
  const many = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => line(index)).join('');

  it.each([
    ['sequences in sequences', '['.repeat(100_000), 'nested more than 50 levels deep'],
    ['maps in maps', many(1400, (index) => `${' '.repeat(index)}a:\n`), 'nested more than 50 levels deep'],
    ['dashes without end', '- '.repeat(50_000), 'nested more than 50 levels deep'],
    ['keys without end', many(60_000, (index) => `k${index}: 1\n`), 'more than 20000 keys, values and signs'],
    ['a list without end', `a: [${'1,'.repeat(300_000)}]`, 'more than 20000 keys, values and signs'],
  ])('is refused with its limit named: %s', async (_, yaml, sentence) => {
    const error = await refusal(yaml);
    expect(error.code).toBe('CONFIG');
    expect(error.problems.join()).toContain(sentence);
    expect(error.problems.join()).toMatch(/fsa\.yaml:\d+:\d+/);
  });

  it('names its first unknown keys and counts the rest', async () => {
    const error = await refusal(many(2000, (index) => `k${index}: 1\n`));
    expect(error.problems).toHaveLength(21);
    expect(error.problems.at(-1)).toContain('1980 more keys are no settings either');
  });

  it('says of every repeated key that it stands there a second time', async () => {
    const error = await refusal(many(2000, () => 'seed: 1\n'));
    expect(error.problems).toHaveLength(1999);
  });
});
