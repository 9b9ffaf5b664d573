/** llama.cpp's own server: what it does with a seed and a schema, and whether our count of its tokens is its own. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { baseline } from '../../../src/index.js';
import type { LogRecord } from '../../../src/teacher/answers/records.js';
import { type ForeignServer, startLlama } from '../../helpers/llm-servers.js';
import { smallDataset } from '../../helpers/small-data.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { follow, someReviews, writeReviews } from './teach-home.js';

let server: ForeignServer;
let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'fsa-test-llama-'));
  server = await startLlama(place);
}, 300_000);
afterAll(async () => {
  await server.close();
  await rm(place, { recursive: true, force: true });
});

let runs = 0;
const llm = (concurrency: number) => ({ model: `${server.address}/v1#tiny`, concurrency });

async function ask(folder: string, temperature: number, concurrency: number) {
  const output = `run-${(runs += 1)}`;
  const { error, events } = await follow({
    cwd: folder,
    output,
    config: {
      eval: { datasets: [] },
      llm: llm(concurrency),
      teach: { reviews: ['reviews.jsonl'], kinds: ['rewrite'], temperature, maxAnswerTokens: 24 },
    },
  });
  expect(error).toBeNull();
  const read = async (name: string): Promise<LogRecord[]> =>
    (await readFile(join(folder, output, 'answers', `${name}-v0.ndjson`), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LogRecord);
  const records = [...(await read('probe')), ...(await read('rewrite-restaurant'))];
  const answers = records.flatMap((record) => (record.type === 'answered' ? [record] : []));
  const drawn = answers.filter(({ id }) => /^\d+$/.test(id));
  const told = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  return {
    told,
    texts: Object.fromEntries(drawn.map(({ id, text }) => [id, text])),
    outputTokens: answers.reduce((sum, { usage }) => sum + (usage?.outputTokens ?? 0), 0),
  };
}

/** Tokens that the server says it has written since it was started. */
async function tokensWritten(): Promise<number> {
  const text = await (await fetch(`${server.address}/metrics`)).text();
  return Number(/^llamacpp:tokens_predicted_total (\d+)/m.exec(text)?.[1]);
}

async function drawWithoutSeed(): Promise<string> {
  const messages = [{ role: 'user', content: 'Write ten words.' }];
  const response = await fetch(`${server.address}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ messages, temperature: 1, max_tokens: 24 }),
  });
  return ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]?.message
    .content as string;
}

it('draws, and heeds the seed: nothing is warned of, and the same answers come again one at a time', async () => {
  expect(await drawWithoutSeed()).not.toBe(await drawWithoutSeed());
  const folder = await temporaryFolder();
  await writeReviews(folder, someReviews(4));
  const before = await tokensWritten();
  const drawn = await ask(folder, 1, 1);
  expect(drawn.told.join('\n')).not.toMatch(/seed/);
  expect(Object.keys(drawn.texts)).toHaveLength(4);
  expect(await tokensWritten()).toBe(before + drawn.outputTokens);
  expect((await ask(folder, 1, 1)).texts).toEqual(drawn.texts);
}, 120_000);

it('gives the likeliest words again, however many are asked for at once', async () => {
  const folder = await temporaryFolder();
  await writeReviews(folder, someReviews(4));
  expect((await ask(folder, 0, 4)).texts).toEqual((await ask(folder, 0, 1)).texts);
}, 120_000);

it('holds answers to a JSON schema, and is asked for one', async () => {
  const cwd = await temporaryFolder();
  const dataset = await smallDataset(cwd, 'atsa', 3);
  const { results, failed } = await baseline({
    cwd,
    output: 'run',
    config: {
      eval: { datasets: [dataset] },
      llm: llm(2),
      baseline: { models: { tiny: llm(2).model }, shots: [1], seeds: [1], maxAnswerTokens: 48 },
    },
  });
  expect(failed).toEqual([]);
  expect(results.cells[0]).toMatchObject({ inContext: { form: 'json' } });
}, 120_000);
