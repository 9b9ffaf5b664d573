import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHECK_TEXTS } from '../../src/pipelines/export/check-texts.js';
import type * as Library from '../../src/index.js';
import { loadPeers } from '../../src/inference/peers.js';
import type * as Session from '../../src/inference/session.js';
import { TokenIds } from '../../src/inference/token-ids.js';
import { loadModel } from '../../src/pipelines/predict/load-model.js';
import { fsa, parseLines, ROOT, startFsa } from '../helpers/cli.js';
import { nastyTexts } from '../helpers/nasty-texts.js';
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

/** A module as it is installed: the inference thread is compiled JavaScript. */
const built = async <T>(name: string): Promise<T> => (await import(join(ROOT, `dist/${name}.js`))) as T;

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
  const { InferenceThread } = await built<typeof Session>('inference/session');
  const thread = await InferenceThread.open({ folder: exported, threads: 2 });
  const [alone, ...together] = await Promise.all(
    [1, 7, 32].map(async (batchSize) => await thread.generate(texts, { batchSize })),
  );
  await thread.close();
  for (const rows of together) expect(rows).toEqual(alone);
  const model = await loadModel(student, { backend: 'torch' });
  const inPython = await model.predict(texts, { raw: true });
  await model.close();
  expect(alone!.map(({ text, tokens }) => [text, tokens.length])).toEqual(
    inPython.map(({ text, outputTokens }) => [text, outputTokens]),
  );
});

it('serves the export under load: right answers or 429, the right refusal of each kind, and none lost at SIGTERM', async () => {
  const texts = nastyTexts(40).filter((text) => text.length < 500);
  const model = await (await built<typeof Library>('index')).loadModel(exported);
  const expected = await model.predict(texts);
  await model.close();
  const limits = ['serve.maxWaitingTexts=24', 'serve.drainSeconds=0', 'serve.maxBodyKib=256'];
  const words = [
    'serve',
    '--model',
    `s=${exported}`,
    '--backend',
    'onnx',
    '--port',
    '0',
    '--json',
    '--quiet',
  ];
  const cli = startFsa([...words, ...limits.flatMap((limit) => ['--set', limit])], {
    forceKillAfterDelay: false,
  });
  const url = await new Promise<string>((done) => {
    cli.onStdout((said) => {
      done((JSON.parse(said) as { url: string }).url);
    });
  });
  const post = async (body: string, type = 'application/json'): Promise<Response> =>
    await fetch(`${url}/predict`, { method: 'POST', headers: { 'content-type': type }, body });
  const refusals: [string, string, number][] = [
    ['{"texts": ["broken', 'application/json', 400],
    ['{"words": []}', 'application/json', 400],
    ['{"texts": ["x"]}', 'text/plain', 415],
    [JSON.stringify({ texts: Array.from({ length: 10_000 }, () => 'x') }), 'application/json', 413],
    [JSON.stringify({ texts: ['x'.repeat(1_000_000)] }), 'application/json', 413],
  ];
  for (const [body, type, status] of refusals)
    expect((await post(body, type)).status, body.slice(0, 40)).toBe(status);

  // A client that never ends its request holds nobody up.
  const slow = connect(Number(new URL(url).port), '127.0.0.1');
  slow.write(
    'POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"te',
  );
  slow.on('error', () => undefined);
  const tally = { right: 0, busy: 0, refused: 0, wrong: 0 };
  let ending = false;
  const client = async (number: number): Promise<void> => {
    for (let turn = number; !ending; turn += 1) {
      const at = turn % texts.length;
      const answer = await post(JSON.stringify({ texts: [texts[at]] })).catch(() => null);
      if (answer === null || answer.status === 503) tally.refused += 1;
      else if (answer.status === 429) {
        tally.busy += 1;
        if (answer.headers.get('retry-after') === null) tally.wrong += 1;
      } else {
        const { predictions } = (await answer.json()) as { predictions: { tuples: unknown }[] };
        const isRight =
          answer.status === 200 && isDeepStrictEqual(predictions[0]!.tuples, expected[at]!.tuples);
        tally[isRight ? 'right' : 'wrong'] += 1;
      }
    }
  };
  const clients = Array.from({ length: 60 }, async (_, number) => await client(number));
  while (tally.right < 300) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(tally.wrong).toBe(0);
  }
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(tally.busy).toBeGreaterThan(0);
  slow.destroy();
  cli.kill('SIGTERM');
  const { exitCode, stderr } = await cli.ended;
  ending = true;
  await Promise.all(clients);
  // An answer that broke off would be `wrong`, one that never came would have thrown in `json`.
  expect(tally.wrong).toBe(0);
  expect(exitCode, stderr).toBe(0);
});
