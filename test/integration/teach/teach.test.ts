/** `teach` from reviews to a corpus, against a server whose every answer the test decides. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complete, goodAnswer, refuse, reviewOf, type Respond } from '../../fixtures/llm-server.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import {
  follow,
  readCorpusFiles,
  readEverything,
  serve,
  someReviews,
  teachOptions,
  writeReviews,
} from './teach-home.js';

const answerWell: Respond = (request, response) => complete(response, { text: goodAnswer(request) });

describe('a corpus', () => {
  it('has a row for every review and kind, in their order, as distill reads it, and a card', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    await writeReviews(folder, someReviews(30));
    const { result, events } = await follow(
      teachOptions(folder, server.address, { teach: { kinds: ['analysis', 'rewrite'], shardRows: 20 } }),
    );
    const files = await readCorpusFiles(folder);
    expect(Object.keys(files)).toEqual([
      'analysis/restaurant/v0.json',
      'analysis/restaurant/v1.json',
      'rewrite/restaurant/v0.json',
      'rewrite/restaurant/v1.json',
    ]);
    const rows = Object.values(files).flatMap((text) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
    expect(rows).toHaveLength(60);
    expect(rows[0]).toEqual({
      ID: '0',
      Text: someReviews(1)[0]?.Text,
      Overall: 1,
      teacher_response:
        'Opinion Target 1: "Dish"\nAspect: Quality\nSentiment: Negative\nReasoning: The words say so.',
    });
    expect(rows.map(({ ID }) => ID)).toEqual([...Array(30).keys(), ...Array(30).keys()].map(String));
    // One probe, then one request a question; 900 and 60 tokens each, at $1 and $2 a million.
    expect(server.requests).toHaveLength(61);
    expect(result?.costs).toMatchObject({ tokens: 61 * 960, lostRequests: 0, usdPossible: 0 });
    expect(result?.costs?.usdSpent).toBeCloseTo((61 * (900 + 120)) / 1e6, 12);
    expect(await readFile(join(folder, 'run', 'README.md'), 'utf8')).toContain('test-model');
    expect(events.filter(({ type }) => type === 'teach-progress').length).toBeGreaterThan(0);
    expect(server.mostAtOnce()).toBeLessThanOrEqual(4);
  });

  it('asks nothing twice: not on a rerun, not with other filters, not for another run with the same questions', async () => {
    const folder = await temporaryFolder();
    const server = await serve((request, response) => {
      const note = reviewOf(request).includes('Dish 3 ') ? '\n\nReview: an invented one' : '';
      complete(response, { text: goodAnswer(request) + note });
    });
    await writeReviews(folder, someReviews(12));
    const options = teachOptions(folder, server.address);
    await follow(options);
    const before = await readCorpusFiles(folder);
    expect(server.requests).toHaveLength(13);
    expect((await follow(options)).result?.kinds['analysis']?.kept).toBe(12);
    expect(await readCorpusFiles(folder)).toEqual(before);
    const strict = await follow(
      teachOptions(folder, server.address, { teach: { filters: { runsOn: 'drop' } } }),
    );
    expect(strict.result?.kinds['analysis']).toMatchObject({
      kept: 11,
      filters: { runsOn: { dropped: 1, examples: ['3'] } },
    });
    const reused = await follow({ ...options, output: 'second', reuse: ['run'] });
    expect(reused.result?.costs).toMatchObject({ usdSpent: 0, tokens: 0 });
    expect(server.requests).toHaveLength(13);
  });

  it('tells in a dry run what it would take, and asks and writes nothing', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    await writeReviews(folder, [...someReviews(10), { ID: 90, Text: ' ' }, ...someReviews(2)]);
    const { result } = await follow({ ...teachOptions(folder, server.address), dryRun: true });
    expect(result?.plan).toMatchObject({ reviews: 10, questions: 10, skipped: { empty: 1, duplicate: 2 } });
    const { usd, inputTokens, firstQuestions } = result?.plan ?? {};
    expect(usd?.least).toBeLessThan(usd?.most ?? 0);
    // What the server then counts lies in the range that was told.
    expect(inputTokens?.most).toBeGreaterThan(inputTokens?.least ?? Infinity);
    expect(firstQuestions?.analysis?.messages.at(-1)?.content).toContain('Dish 0 was cold');
    expect(server.requests).toEqual([]);
    await expect(readFile(join(folder, 'run', 'run.json'))).rejects.toThrow('ENOENT');
  });

  it('stops at the budget with exit code 8, keeps what was paid for, and goes on from there when it is raised', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    await writeReviews(folder, someReviews(20));
    const small = await follow(teachOptions(folder, server.address, { teach: { budget: 0.02 } }));
    expect(small.error).toMatchObject({ code: 'BUDGET', exitCode: 8 });
    const asked = server.requests.length;
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThan(20);
    const costs = JSON.parse(await readFile(join(folder, 'run', 'costs.json'), 'utf8')) as {
      usdSpent: number;
    };
    expect(costs.usdSpent).toBeLessThanOrEqual(0.02);
    expect(
      Object.values(await readCorpusFiles(folder))
        .join('')
        .trim()
        .split('\n'),
    ).toHaveLength(asked - 1);
    const more = await follow(teachOptions(folder, server.address, { teach: { budget: 1 } }));
    expect(more.result?.kinds['analysis']?.kept).toBe(20);
    // The second start probes once more, and asks only what was missing.
    expect(server.requests).toHaveLength(20 + 2);
  });

  it('counts a request without usage at its worst', async () => {
    const folder = await temporaryFolder();
    const server = await serve((request, response) =>
      complete(response, { text: goodAnswer(request), usage: null }),
    );
    await writeReviews(folder, someReviews(3));
    const { result } = await follow(teachOptions(folder, server.address));
    expect(result?.costs?.usdSpent).toBe(0);
    // Three answers of at most 512 tokens at $2 a million, and inputs of more than 3,000 bytes.
    expect(result?.costs?.usdPossible).toBeGreaterThan((3 * (512 * 2 + 3000)) / 1e6);
  });
});

describe('a server that is in trouble', () => {
  it.each<[string, Respond]>([
    [
      '429 with a pause',
      (_, response) => refuse(response, 429, { message: 'slow down' }, { 'retry-after-ms': '30' }),
    ],
    ['503', (_, response) => refuse(response, 503, { message: 'loading' })],
    ['HTML with status 200', (_, response) => void response.writeHead(200).end('<html>gateway</html>')],
    [
      'a cut body',
      (_, response) =>
        void response
          .writeHead(200, { 'content-length': '500' })
          .write('{"choices":', () => response.destroy()),
    ],
    ['no choices', (_, response) => void response.writeHead(200).end('{"choices":[]}')],
    ['an empty answer', (_, response) => complete(response, { text: ' ' })],
  ])('is asked again after %s', async (_, fault) => {
    const folder = await temporaryFolder();
    const failedOnce = new Set<string>();
    const server = await serve((request, response, number) => {
      const review = reviewOf(request);
      const fails = number > 0 && !failedOnce.has(review) && review.includes('cold');
      failedOnce.add(review);
      return fails ? fault(request, response, number) : answerWell(request, response, number);
    });
    await writeReviews(folder, someReviews(6));
    const { result, error } = await follow(teachOptions(folder, server.address));
    expect(error).toBeNull();
    expect(result?.kinds['analysis']?.kept).toBe(6);
    expect(server.requests).toHaveLength(1 + 6 + 2);
  });

  it.each([
    [401, { message: 'Incorrect API key provided' }],
    [404, { message: 'The model does not exist' }],
    [402, { message: 'Payment required' }],
    [429, { message: 'You exceeded your current quota', code: 'insufficient_quota' }],
  ])('ends the run with exit code 7 after one probe that meets %i', async (status, body) => {
    const folder = await temporaryFolder();
    const server = await serve((_, response) => refuse(response, status, body));
    await writeReviews(folder, someReviews(5));
    const { error } = await follow(teachOptions(folder, server.address));
    expect(error).toMatchObject({ code: 'API', exitCode: 7 });
    expect(error?.message).toContain(body.message.slice(0, 20));
    expect(server.requests).toHaveLength(1);
  });

  it('is waited for by the probe, too', async () => {
    const folder = await temporaryFolder();
    const server = await serve((request, response, number) =>
      number === 0
        ? refuse(response, 503, { message: 'loading the model' }, { 'retry-after': '0' })
        : answerWell(request, response, number),
    );
    await writeReviews(folder, someReviews(2));
    const { result } = await follow(teachOptions(folder, server.address));
    expect(result?.kinds['analysis']?.kept).toBe(2);
    expect(server.requests).toHaveLength(4);
  });

  it('is left alone where it asks for longer than the settings allow, with the time told', async () => {
    const folder = await temporaryFolder();
    const server = await serve((request, response, number) =>
      number < 3
        ? answerWell(request, response, number)
        : refuse(response, 429, { message: 'come back tomorrow' }, { 'retry-after': '277403' }),
    );
    await writeReviews(folder, someReviews(8));
    const { error } = await follow(teachOptions(folder, server.address, { llm: { concurrency: 1 } }));
    expect(error).toMatchObject({ code: 'API' });
    expect(error?.message).toMatch(/left alone until \d{4}-\d\d-\d\dT/);
    expect(server.requests).toHaveLength(4);
    expect(
      Object.values(await readCorpusFiles(folder))
        .join('')
        .trim()
        .split('\n'),
    ).toHaveLength(2);
  });

  it('costs a refused row its answer, and no other', async () => {
    const folder = await temporaryFolder();
    const server = await serve((request, response, number) =>
      reviewOf(request).includes('Dish 2 ')
        ? refuse(response, 400, { message: 'This model takes 4096 tokens' })
        : answerWell(request, response, number),
    );
    await writeReviews(folder, someReviews(5));
    const { result } = await follow(teachOptions(folder, server.address));
    expect(result?.kinds['analysis']).toMatchObject({ kept: 4, unanswered: 1 });
    expect(result?.failures).toEqual({
      'The server refuses this question (400): This model takes 4096 tokens': 1,
    });
  });

  it('takes "stop" at the limit for what it is: a cut answer', async () => {
    const folder = await temporaryFolder();
    const usage = { prompt_tokens: 10, completion_tokens: 512 };
    const server = await serve((request, response) =>
      complete(response, { text: goodAnswer(request), usage }),
    );
    await writeReviews(folder, someReviews(2));
    const { result } = await follow(teachOptions(folder, server.address));
    expect(result?.kinds['analysis']).toMatchObject({ kept: 0, filters: { cut: { dropped: 2 } } });
  });

  it('is asked in its own words: max_completion_tokens, and without what it does not take', async () => {
    const folder = await temporaryFolder();
    const server = await serve((request, response, number) => {
      if ('max_tokens' in request) refuse(response, 400, { message: "Use 'max_completion_tokens' instead." });
      else if ('temperature' in request)
        refuse(response, 400, { message: "Unsupported value: 'temperature'" });
      else return answerWell(request, response, number);
    });
    await writeReviews(folder, someReviews(2));
    const { result, events } = await follow(teachOptions(folder, server.address));
    expect(result?.kinds['analysis']?.kept).toBe(2);
    expect(server.requests.at(-1)).toMatchObject({ max_completion_tokens: 512 });
    expect(JSON.stringify(events)).toContain('does not take temperature');
  });
});

describe('input that is wrong', () => {
  it.each([
    ['a label off the scale', 'Opinion Target 1: "x"\nAspect: y\nSentiment: Great\nReasoning: z'],
    ['another form', 'It is great.'],
  ])('is refused with its line before anything is asked: a demonstration with %s', async (_, answer) => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    await writeReviews(folder, someReviews(2));
    const good = {
      domain: 'x',
      kind: 'analysis',
      review: 'r',
      answer: goodAnswer({ model: '', messages: [{ role: 'system', content: 'You analyse' }] }),
    };
    await writeFile(
      join(folder, 'd.jsonl'),
      [good, { ...good, answer }].map((row) => JSON.stringify(row)).join('\n'),
    );
    const { error } = await follow(
      teachOptions(folder, server.address, { teach: { demonstrations: 'd.jsonl' } }),
    );
    expect(error).toMatchObject({ code: 'DATA', where: `${join(folder, 'd.jsonl')}:2` });
    expect(server.requests).toEqual([]);
  });

  it('is counted with its line: rows without a text, repetitions', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    const [first] = someReviews(1);
    await writeFile(
      join(folder, 'reviews.csv'),
      'id,review,stars\n1,"Good ""soup"",\nwe said",5\n2,,3\n3,"good ""soup"", we said",5\n',
    );
    await writeReviews(folder, [first as object, { ID: 7 }]);
    const { result } = await follow(
      teachOptions(folder, server.address, { teach: { reviews: ['reviews.jsonl', 'reviews.csv'] } }),
    );
    expect(result?.plan).toMatchObject({ reviews: 2, skipped: { 'no text': 1, empty: 1, duplicate: 1 } });
    expect(result?.plan.examples).toEqual([
      `${join(folder, 'reviews.jsonl')}:2: no text`,
      `${join(folder, 'reviews.csv')}:4: empty`,
      `${join(folder, 'reviews.csv')}:5: duplicate`,
    ]);
  });

  it('is refused: a budget that nobody can keep, another teacher in the same folder, nothing to ask', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    await writeReviews(folder, someReviews(2));
    const unpriced = {
      cwd: folder,
      config: {
        eval: { datasets: [] },
        llm: { model: 'https://llm.invalid/v1#m' },
        teach: { reviews: ['reviews.jsonl'], budget: 1 },
      },
    };
    expect((await follow(unpriced)).error).toMatchObject({ code: 'CONFIG', where: 'budget' });
    await follow(teachOptions(folder, server.address));
    const other = await follow(teachOptions(folder, server.address, { teach: { temperature: 1 } }));
    expect(other.error).toMatchObject({ code: 'RUN_FOLDER' });
    await writeReviews(folder, [{ ID: 1 }]);
    const empty = await follow({ ...teachOptions(folder, server.address), output: 'other' });
    expect(empty.error).toMatchObject({ code: 'DATA' });
  });
});

describe('the key', () => {
  const KEY = 'sk-proj-THIS-IS-THE-KEY-0123456789';

  it('goes to the server and nowhere else, even where the server repeats it', async () => {
    const folder = await temporaryFolder();
    process.env['FSA_TEST_KEY'] = KEY;
    const server = await serve((request, response, number) =>
      number === 2
        ? refuse(response, 401, { message: `Incorrect API key provided: ${KEY}` })
        : answerWell(request, response, number),
    );
    await writeReviews(folder, someReviews(4));
    const options = teachOptions(folder, server.address, {
      llm: { keyFrom: 'FSA_TEST_KEY', concurrency: 1 },
    });
    const { error, events } = await follow(options);
    delete process.env['FSA_TEST_KEY'];
    expect(error).toMatchObject({ code: 'API' });
    expect(server.headers.every(({ authorization }) => authorization === `Bearer ${KEY}`)).toBe(true);
    const told = JSON.stringify([events, error?.describe(), error?.stack, String(error?.cause)]);
    expect(told + (await readEverything(folder))).not.toContain('THIS-IS-THE-KEY');
  });

  it('is refused in the settings and in an address without being repeated, and asked for by its variable', async () => {
    const folder = await temporaryFolder();
    await writeReviews(folder, someReviews(1));
    const withLlm = async (llm: object) =>
      await follow({
        cwd: folder,
        config: { eval: { datasets: [] }, llm, teach: { reviews: ['reviews.jsonl'] } },
      });
    for (const llm of [
      { model: 'openai:gpt-4o-mini', keyFrom: KEY },
      { model: `https://user:${KEY}@llm.invalid/v1#m` },
      { model: `https://llm.invalid/v1?key=${KEY}#m` },
    ]) {
      const { error } = await withLlm(llm);
      expect(error).toMatchObject({ code: 'CONFIG' });
      expect(error?.describe()).not.toContain('THIS-IS-THE-KEY');
    }
    const missing = await withLlm({ model: 'https://llm.invalid/v1#m', keyFrom: 'FSA_NO_SUCH_VARIABLE' });
    expect(missing.error?.message).toContain('FSA_NO_SUCH_VARIABLE');
    expect(await readEverything(folder)).not.toContain('THIS-IS-THE-KEY');
  });
});
