/** Reviews, settings and keys that `teach` refuses or counts, and where the key goes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goodAnswer, refuse } from '../../fixtures/llm-server.js';
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
