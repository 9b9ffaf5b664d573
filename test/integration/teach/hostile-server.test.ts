/** Servers that send what no server should: each costs at most its own row, and never more than was reserved. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { FsaError } from '../../../src/errors.js';
import { complete, goodAnswer, type ChatRequest, type Respond } from '../../fixtures/llm-server.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import {
  answerWell,
  follow,
  readEverything,
  serve,
  someReviews,
  teachOptions,
  writeReviews,
} from './teach-home.js';

const isProbe = ({ messages }: ChatRequest): boolean => messages.length === 1;
/** Dishes 0, 3, … are cold. */
const isCold = ({ messages }: ChatRequest): boolean => messages.at(-1)?.content.includes('cold') === true;

/** What cold dishes meet; everybody else is answered well. */
const coldly =
  (meet: (response: ServerResponse, request: ChatRequest) => void): Respond =>
  (request, response, number) => {
    if (isProbe(request))
      complete(response, { text: 'yes', usage: { prompt_tokens: 9, completion_tokens: 1 } });
    else if (isCold(request)) meet(response, request);
    else void answerWell(request, response, number);
  };

function sendUsage(response: ServerResponse, request: ChatRequest, usage: unknown): void {
  const message = { role: 'assistant', content: goodAnswer(request) };
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ choices: [{ finish_reason: 'stop', message }], usage }));
}

async function run(respond: Respond, llm: NonNullable<Parameters<typeof teachOptions>[2]>['llm'] = {}) {
  const folder = await temporaryFolder();
  const server = await serve(respond);
  await writeReviews(folder, someReviews(4));
  const options = teachOptions(folder, server.address, { llm: { maxAttempts: 2, concurrency: 1, ...llm } });
  return { folder, server, options, ...(await follow(options)) };
}

it.each<[string, (response: ServerResponse) => void, RegExp]>([
  [
    'a page of HTML with status 200',
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
    /no chat completion/,
  ],
  [
    'half an answer',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '9999' });
      response.write('{"choices": [{"message": {"content": "Opin', () => response.destroy());
    },
    /connection broke/,
  ],
  [
    'an answer packed to a thousandth of its size',
    (response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(32 << 20, ' '))),
    /no chat completion/,
  ],
  ['no choice', (response) => response.end('{"choices": []}'), /without a choice/],
  ['choices that are none', (response) => response.end('{"choices": {"0": 1}}'), /no chat completion/],
  [
    'an answer that never ends',
    (response) => {
      const more = setInterval(() => response.write(Buffer.alloc(1 << 20, ' ')), 1);
      response.on('close', () => clearInterval(more)).on('error', () => undefined);
    },
    /more than an answer/,
  ],
  [
    'a byte now and then, for ever',
    (response) => {
      const more = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(more)).on('error', () => undefined);
    },
    /too slowly/,
  ],
])(
  '%s costs its rows their answers, and no other row',
  async (_, meet, reason) => {
    const { result, error } = await run(coldly(meet), { timeoutSeconds: 1 });
    expect(error).toBeNull();
    expect(result?.kinds['analysis']).toMatchObject({ answers: 2, unanswered: 2 });
    expect(Object.keys(result?.failures ?? {})).toEqual([expect.stringMatching(reason)]);
  },
  60_000,
);

it.each<[string, unknown]>([
  ['nothing', { prompt_tokens: 0, completion_tokens: 0 }],
  ['less than nothing', { prompt_tokens: -5, completion_tokens: -1 }],
  ['more than there is', { prompt_tokens: 1e300, completion_tokens: 1e300 }],
  ['sums that no number holds', { prompt_tokens: 9e15, completion_tokens: 9e15 }],
  ['words', { prompt_tokens: 'many', completion_tokens: 'few' }],
  ['a list', [1, 2]],
])('a count of tokens that says %s is not believed: the answer is counted at its worst', async (_, usage) => {
  const { result, error, options } = await run(
    coldly((response, request) => sendUsage(response, request, usage)),
  );
  expect(error).toBeNull();
  // Two good answers of 900 and 60 tokens and the probe, at $1 and $2 a million.
  expect(result?.costs?.usdSpent).toBeCloseTo((2 * 1020 + 11) / 1e6, 9);
  expect(result?.costs?.usdPossible).toBeGreaterThan((2 * 2 * 512) / 1e6);
  // What was written down can be read again.
  expect((await follow(options)).result?.kinds['analysis']).toMatchObject({ answers: 4 });
});

it('a pause of thirty years is told, and not waited for', async () => {
  const { error } = await run(
    coldly((response) => response.writeHead(429, { 'retry-after': '1000000000' }).end()),
  );
  expect(error).toMatchObject({ code: 'API' });
  expect(error?.message).toMatch(/left alone until 20[56]\d-/);
});

it.each([
  ['with an exponent', '1e400'],
  ['of less than nothing', '-5'],
  ['in words', 'soon'],
  ['of 400 digits', '9'.repeat(400)],
])('a pause %s is none, or too long', async (_, pause) => {
  const { error } = await run(coldly((response) => response.writeHead(429, { 'retry-after': pause }).end()));
  expect(error).toMatchObject({ code: 'API' });
});

it('a redirect is not followed, and the key goes with it nowhere', async () => {
  process.env['FSA_TEST_KEY'] = 'sk-proj-THIS-IS-THE-KEY-0123456789';
  onTestFinished(() => {
    delete process.env['FSA_TEST_KEY'];
  });
  const asked: string[] = [];
  const elsewhere: Server = createServer((request, response) => {
    asked.push(JSON.stringify(request.headers));
    response.end();
  });
  await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void elsewhere.close());
  const { port } = elsewhere.address() as AddressInfo;
  const { error } = await run(
    (_, response) => void response.writeHead(307, { location: `http://127.0.0.1:${port}/v1` }).end(),
    { keyFrom: 'FSA_TEST_KEY' },
  );
  expect(error).toMatchObject({ code: 'API' });
  expect(error?.message).toMatch(/redirects elsewhere/);
  expect(asked).toEqual([]);
});

it('a key that the server writes into its answers is kept nowhere', async () => {
  const key = 'sk-proj-THIS-IS-THE-KEY-0123456789';
  process.env['FSA_TEST_KEY'] = key;
  onTestFinished(() => {
    delete process.env['FSA_TEST_KEY'];
  });
  const { folder, error, events, result } = await run(
    (request, response) => {
      const content = `${goodAnswer(request)} Your key is ${key}.`;
      response.writeHead(200, { 'x-request-id': key }).end(
        JSON.stringify({
          id: key,
          model: key,
          choices: [{ finish_reason: 'stop', message: { content } }],
          usage: { prompt_tokens: 900, completion_tokens: 60 },
        }),
      );
    },
    { keyFrom: 'FSA_TEST_KEY' },
  );
  expect(error).toBeNull();
  expect(JSON.stringify([events, result]) + (await readEverything(folder))).not.toContain('THIS-IS-THE-KEY');
});

it('what was under way when a run is cancelled counts at its worst, and the next start says how much that was', async () => {
  const folder = await temporaryFolder();
  const pace = { held: true };
  const server = await serve((request, response, number) => {
    if (isProbe(request) || !pace.held) void answerWell(request, response, number);
  });
  await writeReviews(folder, someReviews(6));
  const options = teachOptions(folder, server.address, { llm: { concurrency: 3 } });
  const stop = new AbortController();
  const stopped = follow(options, stop.signal);
  while (server.requests.length < 4) await new Promise((later) => setTimeout(later, 5));
  // As the command line stops a run, with a reason of its own.
  stop.abort(new FsaError('CANCELLED', 'The run was stopped by SIGINT.'));
  const cancelled = await stopped;
  expect(cancelled.error).toMatchObject({ code: 'CANCELLED' });
  expect(JSON.stringify(cancelled.events)).toMatch(/Stopped with 0 answers to 6 questions, .* more possible/);
  pace.held = false;
  const { result, events } = await follow(options);
  expect(result?.costs?.lostRequests).toBe(3);
  expect(result?.costs?.usdPossible).toBeGreaterThan((3 * 2 * 512) / 1e6);
  const told = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  expect(told.join('\n')).toMatch(/^3 requests of earlier starts never had an answer/m);
});
