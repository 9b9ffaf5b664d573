/**
 * What bad input gets, where no other test holds it. A key in the wrong place, a refused model, demonstrations off the
 * form, rows without a text: refused-input.test.ts. Answers from a file: request-files.test.ts. A schema that is not heeded:
 * judge.test.ts. A second holder as a process of its own: test/e2e/teach.test.ts.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { teach } from '../../../src/index.js';
import { mountDisk } from '../../faults/disk.js';
import { isLinuxRoot } from '../../faults/fault-place.js';
import { complete, goodAnswer, refuse, reviewOf, type Respond } from '../../fixtures/llm-server.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { follow, readCorpusFiles, serve, someReviews, teachOptions, writeReviews } from './teach-home.js';

const isProbe = ({ messages }: { readonly messages: readonly unknown[] }): boolean => messages.length === 1;
/** The probe is answered as it asks, everything else well. */
const answerWell: Respond = (request, response) =>
  complete(response, {
    text: isProbe(request) ? 'yes' : goodAnswer(request),
    usage: { prompt_tokens: 9, completion_tokens: 9 },
  });

describe('a review that is too long', () => {
  const LONG = { ID: 99, Text: `Dish 99 was ${'very '.repeat(3000)}cold.`, Overall: 1 };

  it('fails with its size before it is sent, and the others go on; where a student reads half, its line is told', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    await writeReviews(folder, [...someReviews(3), LONG, ...someReviews(5).slice(3)]);
    const { result, events } = await follow(
      teachOptions(folder, server.address, { llm: { contextTokens: 4000 } }),
    );
    expect(result?.kinds['analysis']).toMatchObject({ kept: 5, unanswered: 1 });
    expect(Object.keys(result?.failures ?? {})).toEqual([
      expect.stringMatching(/^The question takes about \d{4,5} tokens .* the model holds 4000$/) as string,
    ]);
    expect(server.requests.map((request) => reviewOf(request)).join(' ')).not.toContain('Dish 99');
    const told = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    expect(told.join('\n')).toContain(`The first: ${join(folder, 'reviews.jsonl')}:4.`);
  });

  it('of megabytes takes no budget from the others, also where the size of the model is not known', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    await writeReviews(folder, [{ ID: 1, Text: 'a lot '.repeat(500_000) }, ...someReviews(4)]);
    const { result, error } = await follow(
      teachOptions(folder, server.address, { teach: { budget: 0.1, limit: 5 } }),
    );
    expect(error).toBeNull();
    expect(result?.kinds['analysis']).toMatchObject({ kept: 4, unanswered: 1 });
  });
});

describe('a file in another encoding', () => {
  it.each([
    ['Latin-1', 'latin1', 'reviews.jsonl:1'],
    ['UTF-16', 'utf16le', 'UTF-8'],
  ] as const)(
    'of %s is refused with its place: nobody is asked about broken letters',
    async (_, encoding, told) => {
      const folder = await temporaryFolder();
      const server = await serve(answerWell);
      const rows = [
        { ID: 1, Text: 'Der Käse war köstlich.' },
        { ID: 2, Text: 'Très bon café.' },
      ];
      const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
      await writeFile(join(folder, 'reviews.jsonl'), Buffer.from(text, encoding));
      const { error } = await follow(teachOptions(folder, server.address));
      expect(error).toMatchObject({ code: 'DATA' });
      expect(error?.describe()).toContain(told);
      expect(server.requests).toEqual([]);
    },
  );
});

describe('a server that does not do what it is asked', () => {
  it.each<[string, Respond, RegExp]>([
    [
      'ignores stop',
      (request, response) =>
        complete(response, {
          text: isProbe(request) ? 'yes, yes' : `${goodAnswer(request)}\nReview: another`,
          usage: { prompt_tokens: 9, completion_tokens: 9 },
        }),
      /does not heed stop/,
    ],
    [
      'goes beyond the limit on tokens',
      (request, response) =>
        complete(response, {
          text: isProbe(request) ? 'yes' : goodAnswer(request),
          usage: { prompt_tokens: 9, completion_tokens: isProbe(request) ? 300 : 60 },
        }),
      /does not heed the limit on answers \(300 tokens, not 16\)/,
    ],
    [
      'counts no tokens',
      (request, response) =>
        complete(response, { text: isProbe(request) ? 'yes' : goodAnswer(request), usage: null }),
      /does not count tokens/,
    ],
    [
      'refuses seed',
      (request, response) => {
        if (request['seed'] === undefined) void answerWell(request, response, 0);
        else refuse(response, 400, { message: 'Unrecognized request argument supplied: seed' });
      },
      /does not take seed/,
    ],
  ])('and %s is found out by the probe, said once, and recorded', async (_, respond, warning) => {
    const folder = await temporaryFolder();
    const server = await serve(respond);
    await writeReviews(folder, someReviews(4));
    const { result, events } = await follow(teachOptions(folder, server.address));
    expect(result?.kinds['analysis']).toMatchObject({ kept: 4 });
    const told = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    expect(told).toEqual([expect.stringMatching(warning) as string]);
    const traits = JSON.parse(await readFile(join(folder, 'run/teacher.json'), 'utf8')) as {
      warnings: string[];
    };
    expect(traits.warnings).toEqual(told);
    const [file = ''] = Object.values(await readCorpusFiles(folder));
    expect(file).not.toContain('another');
  });

  it('that never says anything costs each row its answer, and the run goes on', async () => {
    const folder = await temporaryFolder();
    const server = await serve((request, response) =>
      complete(response, {
        text: isProbe(request) || reviewOf(request).includes('lovely') ? goodAnswer(request) : '',
        finish: 'length',
        usage: { prompt_tokens: 9, completion_tokens: 512 },
      }),
    );
    await writeReviews(folder, someReviews(6));
    const settings = { teach: { filters: { cut: 'keep' as const } } };
    const { result, error } = await follow(teachOptions(folder, server.address, settings));
    expect(error).toBeNull();
    expect(result?.failures).toEqual({ 'The answer is empty': 2 });
    expect(result?.kinds['analysis']).toMatchObject({ kept: 4, unanswered: 2 });
  });
});

it('a server where nobody listens is said in a sentence with one end', async () => {
  const folder = await temporaryFolder();
  const server = await serve(answerWell);
  await server.close();
  await writeReviews(folder, someReviews(1));
  const { error } = await follow(teachOptions(folder, server.address, { llm: { maxAttempts: 1 } }));
  expect(error).toMatchObject({ code: 'API' });
  expect(error?.message).toMatch(/^The server refuses connections \(.*[^.]\)\.$/);
});

describe('a folder that is in use', () => {
  it('is refused with the process that holds it', async () => {
    const folder = await temporaryFolder();
    const waiting: (() => void)[] = [];
    const server = await serve((request, response) => {
      waiting.push(() => void answerWell(request, response, 0));
      if (!isProbe(request)) return;
      waiting.shift()?.();
    });
    await writeReviews(folder, someReviews(2));
    const first = teach(teachOptions(folder, server.address));
    while (server.requests.length < 2) await new Promise((later) => setTimeout(later, 5));
    const second = await follow(teachOptions(folder, server.address));
    expect(second.error).toMatchObject({ code: 'RUN_FOLDER' });
    expect(second.error?.describe()).toContain(String(process.pid));
    const answering = setInterval(() => waiting.shift()?.(), 5);
    await first;
    clearInterval(answering);
  });
});

describe.skipIf(!isLinuxRoot)('a full disk', () => {
  it('stops the asking, keeps what is under way, and is forgotten once there is room', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    await writeReviews(folder, someReviews(300));
    mkdirSync(join(folder, 'run'));
    const disk = mountDisk(join(folder, 'run'), 128 * 1024);
    const run = teach(teachOptions(folder, server.address));
    let [atWarning, later] = [0, 0];
    for await (const event of run) {
      if (event.type !== 'warning' || !event.message.includes('disk is full') || atWarning > 0) continue;
      atWarning = server.requests.length;
      await new Promise((passed) => setTimeout(passed, 1500));
      later = server.requests.length;
      disk.resize(8 << 20);
    }
    const result = await run;
    expect(atWarning).toBeGreaterThan(0);
    expect(atWarning).toBeLessThan(300);
    expect(later - atWarning).toBeLessThanOrEqual(4);
    expect(result.kinds['analysis']).toMatchObject({ kept: 300 });
    // One probe and one request a question: nothing was asked twice.
    expect(server.requests).toHaveLength(301);
  }, 60_000);

  it('that stays full ends the run in one sentence; the same command goes on, and asks only for what found no room', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerWell);
    await writeReviews(folder, someReviews(300));
    mkdirSync(join(folder, 'run'));
    const disk = mountDisk(join(folder, 'run'), 128 * 1024);
    const full = await follow(teachOptions(folder, server.address));
    expect(full.error).toMatchObject({ code: 'STORAGE' });
    expect(full.error?.describe()).toMatch(/^[^\n]*disk is full[^\n]*run\/answers\//);
    expect(full.error?.describe()).not.toMatch(/\n\s+at /);
    disk.resize(8 << 20);
    const { result, error } = await follow(teachOptions(folder, server.address));
    expect(error).toBeNull();
    expect(result?.kinds['analysis']).toMatchObject({ kept: 300, unanswered: 0 });
    // A probe at each start, and one request a question; those under way when the room was gone may be asked again.
    expect(server.requests.length).toBeGreaterThanOrEqual(302);
    expect(server.requests.length).toBeLessThanOrEqual(302 + 4);
  }, 180_000);
});
