import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHECK_TEXTS } from '../../src/pipelines/export/check-texts.js';
import { fsa, parseLines, ROOT } from '../helpers/cli.js';
import { runtimePython } from '../helpers/python.js';
import { SAMPLE_STUDENT, smallDataset } from '../helpers/small-data.js';

let folder = '';
let exported = '';
let student = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fsa-test-'));
  [student, exported] = [join(folder, 'use'), join(folder, 'onnx')];
  const dataset = await smallDataset(folder, 'atsa');
  const quick = ['--epochs', '2', '--set', 'eval.batchSize=8', '--set', 'eval.precision=fp32'];
  for (const words of [
    ['finetune', '--model', SAMPLE_STUDENT, '--dataset', dataset, '--output', student, ...quick],
    ['setup', '--extra', 'export'],
    ['export', '--model', student, '--format', 'onnx', '--output', exported],
  ]) {
    const { exitCode, stderr } = await fsa(words);
    expect(exitCode, stderr).toBe(0);
  }
});

afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function predict(model: string, extra: string[], env: Record<string, string> = {}): Promise<unknown[]> {
  const input = join(folder, 'texts.jsonl');
  await writeFile(input, CHECK_TEXTS.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  const made = await fsa(['predict', '--model', model, '--input', input, '--json', ...extra], { env });
  expect(made.exitCode, made.stderr).toBe(0);
  return parseLines(made.stdout).filter(({ type }) => type === 'prediction');
}

it('predicts without Python what the runtime predicts, every line in its order', async () => {
  const torch = await predict(student, ['--backend', 'torch']);
  const onnx = await predict(exported, ['--backend', 'onnx'], {
    PATH: '/nonexistent',
    FSA_CACHE: '/nonexistent',
  });
  expect(onnx).toEqual(torch);
  expect(onnx).toHaveLength(CHECK_TEXTS.length);
});

it('exports a umT5 too: tables of biases for every layer, a tokenizer that falls back to bytes', async () => {
  const [umt5, output] = [join(folder, 'umt5'), join(folder, 'umt5-onnx')];
  await execa(await runtimePython(), [join(ROOT, 'test/fixtures/python/make_umt5.py'), umt5]);
  const words = [
    'export',
    '--model',
    umt5,
    '--task',
    'atsa',
    '--format',
    'onnx',
    '--output',
    output,
    '--json',
  ];
  const { exitCode, stdout, stderr } = await fsa(words);
  expect(exitCode, stderr).toBe(0);
  expect(parseLines(stdout).at(-1)).toMatchObject({ type: 'result', checked: CHECK_TEXTS.length });
});

it('says in one sentence what is wrong with a model', async () => {
  const [damaged, old] = [join(folder, 'damaged'), join(folder, 'old')];
  await cp(exported, damaged, { recursive: true });
  await appendFile(join(damaged, 'weights.bin'), 'x');
  await cp(exported, old, { recursive: true });
  const file = await readFile(join(old, 'fsa.json'), 'utf8');
  await writeFile(join(old, 'fsa.json'), file.replace('"version": 1', '"version": 99'));
  const input = join(folder, 'one.txt');
  await writeFile(input, 'Good food.\n');
  const cases: [string[], RegExp][] = [
    [['--model', damaged], /damaged: weights\.bin has \d+ bytes instead of/],
    [['--model', old], /version 99, and this fsa reads version 1/],
    [['--model', student, '--backend', 'onnx'], /no export/],
    [['--model', exported, '--backend', 'torch'], /export for ONNX/],
    [['--model', exported, '--task', 'acsa'], /predicts atsa, not acsa/],
    [['--model', SAMPLE_STUDENT], /does not say what it predicts/],
    [['--model', join(folder, 'nowhere')], /no model/],
  ];
  for (const [words, sentence] of cases) {
    const { exitCode, stderr } = await fsa(['predict', '--input', input, ...words]);
    expect(stderr).toMatch(sentence);
    expect(exitCode).toBe(2);
  }
  await rm(damaged, { recursive: true });
});

it('names file and line of what is no sentence, and writes nothing', async () => {
  const input = join(folder, 'bad.jsonl');
  await writeFile(input, '{"text": "Good food."}\n{"words": 1}\n');
  const output = join(folder, 'out.jsonl');
  const words = ['predict', '--model', exported, '--input', input, '--output', output];
  const { exitCode, stderr } = await fsa(words);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('bad.jsonl:2');
  await expect(readFile(output)).rejects.toThrow('ENOENT');
});
