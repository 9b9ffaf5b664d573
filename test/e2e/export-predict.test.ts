/** An exported student answers as the runtime does, whatever it is asked and however. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { CHECK_TEXTS } from '../../src/pipelines/export/check-texts.js';
import { predict as ask } from '../../src/index.js';
import { loadPeers } from '../../src/inference/peers.js';
import { LoadedExport } from '../../src/inference/session.js';
import { TokenIds } from '../../src/inference/token-ids.js';
import { openTorchEngine } from '../../src/pipelines/predict/torch-engine.js';
import { resolveStudent } from '../../src/pipelines/sources/student.js';
import { fsa, parseLines, ROOT } from '../helpers/cli.js';
import { nastyTexts } from '../helpers/nasty-texts.js';
import { runtimePython } from '../helpers/python.js';
import { made, makeExport, predict } from './exported-student.js';

makeExport();
let folder = '';
let exported = '';
let student = '';
beforeAll(() => {
  ({ folder, exported, student } = made);
});

it('predicts without Python what the runtime predicts, every line in its order', async () => {
  const torch = await predict(student, ['--backend', 'torch']);
  const onnx = await predict(exported, ['--backend', 'onnx'], {
    PATH: '/nonexistent',
    FSA_CACHE: '/nonexistent',
  });
  expect(onnx).toEqual(torch);
  expect(onnx).toHaveLength(CHECK_TEXTS.length);
});

it("tells what the caller's own function throws as theirs", async () => {
  const input = join(folder, 'two.txt');
  await writeFile(input, 'The soup was great.\nThe waiter was rude.\n');
  const own = new Error('my table is full');
  const onPrediction = ({ index }: { index: number }): void => {
    if (index === 1) throw own;
  };
  await expect(ask({ model: exported, input, onPrediction })).rejects.toMatchObject({
    code: 'USAGE',
    message: 'onPrediction failed at sentence 1: my table is full',
    cause: own,
  });
});

it('predicts a CSV file and what comes on standard input, in order', async () => {
  const texts = ['The food, they said, was "great".', 'Two lines\nin one cell', 'No.'];
  const csv = join(folder, 'reviews.csv');
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  await writeFile(csv, `id,Sentence\n${texts.map((text, at) => `${at},${cell(text)}\n`).join('')}`);
  const words = ['predict', '--model', exported, '--json'];
  const spoken = (stdout: string): unknown[] =>
    parseLines(stdout)
      .filter(({ type }) => type === 'prediction')
      .map(({ text }) => text);
  const fromCsv = await fsa([...words, '--input', csv]);
  expect(spoken(fromCsv.stdout), fromCsv.stderr).toEqual(texts);
  const lines = texts.map((text) => `${JSON.stringify({ text })}\n`).join('');
  for (const [input, format] of [
    [lines, []],
    ['One.\nTwo.\n', []],
    ['text\nOne.\nTwo.\n', ['--input-format', 'csv']],
  ] as const) {
    const child = await execa(
      process.execPath,
      [join(ROOT, 'bin/fsa.js'), ...words, '--input', '-', ...format],
      { input },
    );
    expect(spoken(child.stdout)).toEqual(input === lines ? texts : ['One.', 'Two.']);
  }
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

it('cuts nasty strings into the ids that Python cuts them into', async () => {
  const texts = nastyTexts(300);
  const definition = await readFile(join(exported, 'tokenizer.json'), 'utf8');
  const settings = { maxInputTokens: 128, truncationSide: 'right' } as const;
  const tokens = TokenIds.open((await loadPeers()).tokenizers, definition, settings);
  const ids = (await tokens.encode(texts)).map((one) => [...one.ids]);
  const program = `
import json, sys
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file(sys.argv[1])
tokenizer.no_padding()
tokenizer.enable_truncation(128)
print(json.dumps([tokenizer.encode(text).ids for text in json.load(sys.stdin)]))
`;
  const python = await runtimePython();
  const { stdout } = await execa(python, ['-c', program, join(exported, 'tokenizer.json')], {
    input: JSON.stringify(texts),
  });
  const expected = JSON.parse(stdout) as number[][];
  for (const [index, text] of texts.entries())
    expect(ids[index], JSON.stringify(text)).toEqual(expected[index]);
});

it('writes the same tokens in batches of 1, 7 and 32, and what the runtime writes', async () => {
  const texts = nastyTexts(Number(process.env['FSA_PARITY'] ?? 200));
  const thread = await LoadedExport.open({ folder: exported, threads: 2 });
  const [alone, ...together] = await Promise.all(
    [1, 7, 32].map(async (batchSize) => await thread.generate(texts, { batchSize })),
  );
  await thread.close();
  for (const rows of together) expect(rows).toEqual(alone);
  const asked = { threads: null, device: 'cpu', emit: () => undefined } as const;
  const engine = await openTorchEngine(await resolveStudent(student, folder, {}), asked);
  const inPython = await engine.generate(texts, {});
  await engine.close();
  for (const [at, row] of alone!.entries()) expect(row, JSON.stringify(texts[at])).toEqual(inPython[at]);
  // A busy machine is no failure.
}, 3_600_000);
