import { appendFile, cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { CHECK_TEXTS } from '../../src/pipelines/export/check-texts.js';
import { loadModel } from '../../src/index.js';
import { loadPeers } from '../../src/inference/peers.js';
import { readStudentFile } from '../../src/inference/student-file.js';
import { fsa, parseLines, ROOT } from '../helpers/cli.js';
import { nastyTexts } from '../helpers/nasty-texts.js';
import { runtimePython } from '../helpers/python.js';
import { SAMPLE_STUDENT, smallDataset } from '../helpers/small-data.js';
import { made, makeExport } from './exported-student.js';

makeExport();
let folder = '';
let exported = '';
let student = '';
beforeAll(() => {
  ({ folder, exported, student } = made);
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
  await writeFile(join(old, 'fsa.json'), file.replace('"version": 2', '"version": 1'));
  const input = join(folder, 'one.txt');
  await writeFile(input, 'Good food.\n');
  const cases: [string[], RegExp][] = [
    [['--model', damaged], /damaged: weights\.bin has \d+ bytes instead of/],
    [['--model', old], /version 1, and this fsa reads version 2\..*\n.*Export the student again/],
    [['--model', student, '--backend', 'onnx'], /no export/],
    [['--model', exported, '--backend', 'torch'], /export for ONNX/],
    [['--model', exported, '--task', 'acsa'], /predicts atsa, not acsa/],
    [['--model', SAMPLE_STUDENT], /does not say what it predicts/],
    [['--model', join(folder, 'nowhere')], /no model/],
    [['--model', await distilledOnly()], /distilled but not fine-tuned.*\n.*fsa finetune.*--raw/],
  ];
  for (const [words, sentence] of cases) {
    const { exitCode, stderr } = await fsa(['predict', '--input', input, ...words]);
    expect(stderr).toMatch(sentence);
    expect(exitCode).toBe(2);
  }
  await rm(damaged, { recursive: true });
});

/** A folder that says what a distilled student's does: its tokenizer knows line breaks, and there is no fsa.json. */
async function distilledOnly(): Promise<string> {
  const distilled = join(folder, 'distilled');
  await cp(SAMPLE_STUDENT, distilled, { recursive: true });
  const path = join(distilled, 'tokenizer.json');
  const definition = JSON.parse(await readFile(path, 'utf8')) as { added_tokens: object[] };
  definition.added_tokens.push({ id: 1800, content: '[NL]', special: false });
  await writeFile(path, JSON.stringify(definition));
  return distilled;
}

it('refuses to export what is damaged or cannot be, and leaves nothing behind', async () => {
  const changed = join(folder, 'changed');
  await cp(join(student, 'model'), changed, { recursive: true });
  await appendFile(join(changed, 'config.json'), ' ');
  const output = join(folder, 'refused');
  const cases: [string[], RegExp][] = [
    [['--model', changed], /is not what fsa wrote: it is damaged or was changed/],
    [['--model', exported], /an export already/],
    [['--model', student, '--int8', '--layout', 'transformers-js'], /no graphs in int8/],
    [['--model', student, '--measure', 'atsa/rest14'], /Only an export in int8 is measured/],
    [['--model', changed, '--int8'], /the dataset of the student is not found/],
    [['--model', student, '--int8', '--measure', await smallDataset(folder, 'acsa')], /predicts atsa.*acsa/],
  ];
  for (const [words, sentence] of cases) {
    const { exitCode, stderr } = await fsa(['export', '--format', 'onnx', '--output', output, ...words]);
    expect(stderr).toMatch(sentence);
    expect(exitCode).toBe(2);
  }
  await expect(readFile(join(output, 'fsa.json'))).rejects.toThrow('ENOENT');
  const foreign = ['export', '--format', 'onnx', '--model', student, '--output', changed];
  expect((await fsa(foreign)).stderr).toContain('is there already, and is no export');
});

it('exports in int8 with its F1 beside that of fp32, and decodes text by text', async () => {
  const int8 = join(folder, 'int8');
  const words = ['export', '--model', student, '--format', 'onnx', '--int8', '--output', int8];
  const made = await fsa([...words, '--json']);
  expect(made.exitCode, made.stderr).toBe(0);
  const file = await readStudentFile(int8);
  const measured = file?.onnx?.measured;
  expect(file?.onnx?.precision).toBe('int8');
  expect(measured).toMatchObject({ dataset: 'atsa/small', sentences: 48 });
  // What fine-tuning measured in the runtime is what the graphs reach in fp32; int8 speaks for itself.
  const tested = (await readStudentFile(join(student, 'model')))?.test?.['all'];
  expect(measured?.fp32).toEqual(tested);
  expect(file?.test?.['all']).toEqual(measured?.int8);
  expect(file?.dev).toBeNull();
  expect((await stat(join(int8, 'weights.bin'))).size).toBeLessThan(
    (await stat(join(exported, 'weights.bin'))).size / 2,
  );

  const texts = nastyTexts(40);
  await using model = await loadModel(int8);
  expect(model.info.precision).toBe('int8');
  const together = await model.predict(texts, { raw: true });
  for (const [at, text] of texts.entries())
    expect((await model.predict([text], { raw: true }))[0]).toEqual(together[at]);
});

it('exports the files that transformers.js looks for, whose graphs give the tokens of the runtime', async () => {
  const output = join(folder, 'web');
  const words = ['export', '--model', student, '--format', 'onnx', '--output', output];
  const made = await fsa([...words, '--layout', 'transformers-js', '--json']);
  expect(made.exitCode, made.stderr).toBe(0);
  expect(parseLines(made.stdout).at(-1)).toMatchObject({ checked: CHECK_TEXTS.length });
  const files = Object.keys((await readStudentFile(output))?.files ?? {}).sort();
  expect(files).toEqual([
    'config.json',
    'generation_config.json',
    'onnx/decoder_model_merged.onnx',
    'onnx/encoder_model.onnx',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const { ort } = await loadPeers();
  const decoder = await ort.InferenceSession.create(join(output, 'onnx/decoder_model_merged.onnx'));
  expect(decoder.inputNames.slice(0, 4)).toEqual([
    'input_ids',
    'encoder_attention_mask',
    'encoder_hidden_states',
    'past_key_values.0.decoder.key',
  ]);
  expect(decoder.outputNames.slice(0, 2)).toEqual(['logits', 'present.0.decoder.key']);
  await decoder.release();
  const used = await fsa(['predict', '--model', output, '--input', '-']);
  expect(used.exitCode).toBe(2);
  expect(used.stderr).toContain('an export for transformers-js, which fsa does not run');
});

it('holds the students of a process in one thread, or one Python each, and frees them', async () => {
  const program = `
import { readdirSync, readFileSync } from 'node:fs';
import { loadModel } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
let living = 0;
process.on('worker', (worker) => { living += 1; worker.once('exit', () => { living -= 1; }); });
const children = () =>
  readdirSync('/proc').filter((pid) => {
    try { return /^\\d+$/.test(pid) && readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1].split(' ')[1] === String(process.pid); }
    catch { return false; }
  }).length;
const [exported, other, student] = process.argv.slice(1);
const text = ['The food was great.'];
const said = {};
const one = await loadModel(exported, { threads: 1 });
await one.predict(text);
const twice = await loadModel(exported, { threads: 1 });
const another = await loadModel(other, { threads: 1 });
const answers = await Promise.all([one, twice, another, one, twice].map((model) => model.predict(text)));
said.same = answers.every((answer) => JSON.stringify(answer) === JSON.stringify(answers[0]));
said.threads = living;
await one.close();
said.closed = await one.predict(text).catch(({ code }) => code);
said.left = (await twice.predict(text)).length;
const ending = twice.predict(Array(2000).fill('The food was great and the service slow.')).catch(({ code }) => code);
await Promise.all([twice.close(), another.close()]);
said.ended = await ending;
said.threadsLeft = living;
const torch = await Promise.all([student, student].map((path) => loadModel(path, { backend: 'torch', threads: 1 })));
await Promise.all(torch.map((model) => model.predict(text)));
said.pythons = children();
await torch[0].close();
said.still = (await torch[1].predict(text)).length;
await torch[1].close();
said.gone = children();
console.log(JSON.stringify(said));
`;
  const copy = join(folder, 'copy');
  await cp(exported, copy, { recursive: true });
  const words = ['--input-type=module', '-e', program, exported, copy, student];
  const said = JSON.parse((await execa(process.execPath, words)).stdout) as Record<string, number>;
  expect(said).toMatchObject({ same: true, closed: 'CANCELLED', left: 1, ended: 'CANCELLED', pythons: 1 });
  expect(said).toMatchObject({ threads: 1, threadsLeft: 0, still: 1, gone: 0 });
});
