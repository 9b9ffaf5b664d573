/** `teach` from reviews to a corpus, against a server whose every answer the test decides. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complete, goodAnswer, reviewOf } from '../../fixtures/llm-server.js';
import { hashBytes } from '../../../src/storage/digest.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import {
  answerWell,
  follow,
  readCorpusFiles,
  serve,
  someReviews,
  teachOptions,
  writeReviews,
} from './teach-home.js';

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
    const card = await readFile(join(folder, 'run', 'README.md'), 'utf8');
    expect(card).toContain('test-model');
    expect(card).toContain(`written on ${new Date().toISOString().slice(0, 7)}`);
    for (const [name, text] of Object.entries(files))
      expect(card).toContain(`| corpus | corpus/${name} | ${hashBytes(text)} |`);
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
    const options = teachOptions(folder, server.address, { teach: { budget: 0.0001 } });
    const { result, events } = await follow({ ...options, dryRun: true });
    expect(JSON.stringify(events)).toContain(
      'The budget, $0.0001, is less than the least that this can cost',
    );
    expect(result?.plan).toMatchObject({ reviews: 10, questions: 10, skipped: { empty: 1, duplicate: 2 } });
    const { usd, inputTokens, firstQuestions } = result?.plan ?? {};
    expect(usd?.least).toBeLessThan(usd?.most ?? 0);
    // What the server then counts lies in the range that was told.
    expect(inputTokens?.most).toBeGreaterThan(inputTokens?.least ?? Infinity);
    expect(firstQuestions?.analysis?.messages.at(-1)?.content).toContain('Dish 0 was cold');
    expect(server.requests).toEqual([]);
    await expect(readFile(join(folder, 'run', 'run.json'))).rejects.toThrow('ENOENT');
  });

  it('is held in a dry run to what the run itself is held to', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    await writeReviews(folder, someReviews(3));
    const options = teachOptions(folder, server.address);
    await follow(options);
    const asked = server.requests.length;
    const other = { ...teachOptions(folder, server.address, { teach: { domain: 'laptop' } }) };
    for (const dryRun of [true, false]) {
      expect((await follow({ ...other, dryRun })).error).toMatchObject({ code: 'RUN_FOLDER' });
      const reusing = { ...options, output: 'new', reuse: ['nowhere'], dryRun };
      expect((await follow(reusing)).error?.message).toBe('There are no answers to take over.');
    }
    const keyless = teachOptions(folder, server.address, { llm: { keyFrom: 'NOT_SET' } });
    const dry = await follow({ ...keyless, output: 'new', dryRun: true });
    expect(dry.error).toBeNull();
    const words = 'The run itself would be refused: The variable NOT_SET holds no key.';
    expect(JSON.stringify(dry.events)).toContain(words);
    expect(server.requests).toHaveLength(asked);
    expect(await readdir(folder)).not.toContain('new');
  });

  it('stops at the budget with exit code 8, keeps what was paid for, and goes on from there when it is raised', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    await writeReviews(folder, someReviews(20));
    const small = await follow(teachOptions(folder, server.address, { teach: { budget: 0.02 } }));
    expect(small.error).toMatchObject({ code: 'BUDGET', exitCode: 8 });
    expect(JSON.stringify(small.events)).toMatch(
      /Stopped with \d+ answers to 20 questions, .*\$0\.0\d+ spent/,
    );
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
