/** Whether answers that are drawn can be drawn again: found out once, with two small questions, and kept on record. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { complete, goodAnswer, refuse, type ChatRequest, type Respond } from '../../fixtures/llm-server.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { follow, serve, someReviews, teachOptions, writeReviews, type Followed } from './teach-home.js';

const IGNORED = 'The server ignores seed: answers cannot be made again.';
const USAGE = { prompt_tokens: 9, completion_tokens: 9 };

/** Of the probe and of the two draws after it. */
const isOurs = ({ messages }: ChatRequest): boolean => messages.length === 1;
const isDraw = (request: ChatRequest): boolean => isOurs(request) && request['temperature'] === 1;

function answering(textOf: (request: ChatRequest, number: number) => string): Respond {
  return (request, response, number) => {
    const text = isOurs(request) ? textOf(request, number) : goodAnswer(request);
    complete(response, { text, usage: USAGE });
  };
}

const RANDOM = answering((request, number) => (isDraw(request) ? `words ${number}` : 'yes'));
const SEEDED = answering((request) => (isDraw(request) ? `words ${String(request['seed'])}` : 'yes'));

async function run(respond: Respond, teach: { temperature: number; budget?: number }) {
  const folder = await temporaryFolder();
  const server = await serve(respond);
  await writeReviews(folder, someReviews(4));
  const followed = await follow(teachOptions(folder, server.address, { teach }));
  const read = async (name: string): Promise<string> => await readFile(join(folder, 'run', name), 'utf8');
  return { ...followed, read, draws: server.requests.filter(isDraw), ours: server.requests.filter(isOurs) };
}

const told = ({ events }: Pick<Followed, 'events'>): string[] =>
  events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));

it('a server that draws anew each time is warned about once, on record and on the card of the corpus', async () => {
  const { read, draws, ...followed } = await run(RANDOM, { temperature: 1 });
  expect(followed.result?.kinds['analysis']).toMatchObject({ kept: 4 });
  expect(told(followed)).toEqual([IGNORED]);
  expect(draws).toHaveLength(2);
  expect(draws[0]).toEqual(draws[1]);
  expect(JSON.parse(await read('teacher.json'))).toMatchObject({ warnings: [IGNORED] });
  expect(await read('README.md')).toContain(IGNORED);
});

it('a server that heeds it is not', async () => {
  const { read, draws, ...followed } = await run(SEEDED, { temperature: 1 });
  expect(told(followed)).toEqual([]);
  expect(draws).toHaveLength(2);
  expect(await read('README.md')).not.toContain('seed');
});

it('nobody asks where nothing is drawn, or where the server takes no seed', async () => {
  expect((await run(RANDOM, { temperature: 0 })).ours).toHaveLength(1);
  const refusing: Respond = (request, response, number) => {
    if (request['seed'] === undefined) void RANDOM(request, response, number);
    else refuse(response, 400, { message: 'Unrecognized request argument supplied: seed' });
  };
  const { draws, ...followed } = await run(refusing, { temperature: 1 });
  expect(draws).toEqual([]);
  expect(told(followed)).toEqual(['The server does not take seed: it is left out.']);
});

it('the questions are paid for like any other, and end where the budget does', async () => {
  const { read, ...followed } = await run(RANDOM, { temperature: 1, budget: 1 });
  // Three of ours and four rows, of 9 and 9 tokens at $1 and $2 a million.
  expect(followed.result?.costs?.usdSpent).toBeCloseTo((7 * 27) / 1e6, 9);
  const log = await read('answers/probe-v0.ndjson');
  expect(log.match(/"type":"asked"/g)).toHaveLength(3);
  // Enough for the first question, which may cost 332 millionths, and not for a second.
  const { error, ours } = await run(RANDOM, { temperature: 1, budget: 0.000_34 });
  expect(error).toMatchObject({ code: 'BUDGET' });
  expect(ours).toHaveLength(1);
});
