/** A second model that grades what the teacher wrote. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ChatRequest,
  complete,
  goodAnswer,
  refuse,
  type LlmServer,
  type Respond,
} from '../../fixtures/llm-server.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { follow, readCorpusFiles, serve, someReviews, teachOptions, writeReviews } from './teach-home.js';

const isGrading = ({ messages }: ChatRequest): boolean =>
  messages[0]?.content.startsWith('You grade') === true;
const numberOf = ({ messages }: ChatRequest): number =>
  Number(/Dish (\d+) /.exec(messages.at(-1)?.content ?? '')?.[1] ?? -1);

/** A teacher that never fails, and a judge that likes every third answer least. */
const answerBoth: Respond = (request, response) => {
  const grade = numberOf(request) % 3 === 0 ? 2 : 4;
  const text = isGrading(request) ? `Grade: ${grade}/5` : goodAnswer(request);
  complete(response, { text, usage: { prompt_tokens: 100, completion_tokens: 4 } });
};

const judged = (address: string, more: object = {}): object => ({
  judge: { model: `${address}#judge`, price: { input: 1, output: 2 }, minScore: 3, ...more },
});

const idsOf = async (folder: string): Promise<number[]> =>
  Object.values(await readCorpusFiles(folder))
    .join('')
    .trim()
    .split('\n')
    .map((line) => Number((JSON.parse(line) as { ID: string }).ID));

describe('a judge', () => {
  it('drops what it grades low, says the share with examples, and is asked once, whatever grade is wanted', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerBoth);
    await writeReviews(folder, someReviews(30));
    const first = await follow(teachOptions(folder, server.address, { teach: judged(server.address) }));
    expect(first.error).toBeNull();
    expect(first.result?.kinds['analysis']).toMatchObject({
      answers: 30,
      kept: 20,
      filters: { grade: { found: 10, dropped: 10, share: 1 / 3, examples: ['0', '3', '6'] } },
      grades: { graded: 30, mean: 100 / 30, counts: { 2: 10, 4: 20 } },
    });
    expect(await idsOf(folder)).toEqual([...Array(30).keys()].filter((id) => id % 3 !== 0));
    // Two probes, 30 answers, 30 grades, all of them paid for.
    expect(server.requests).toHaveLength(62);
    expect(first.result?.costs).toMatchObject({ tokens: 62 * 104, usdPossible: 0 });
    expect(first.result?.costs?.usdSpent).toBeCloseTo((62 * 108) / 1e6, 12);
    const rejected = await readFile(join(folder, 'run', 'rejected.ndjson'), 'utf8');
    expect(JSON.parse(rejected.split('\n')[0] ?? '')).toMatchObject({ id: '0', reason: 'grade' });
    expect(await readFile(join(folder, 'run', 'README.md'), 'utf8')).toContain('2: 10, 4: 20');
    const strict = judged(server.address, { minScore: 5 });
    const again = await follow(teachOptions(folder, server.address, { teach: strict }));
    expect(again.result?.kinds['analysis']).toMatchObject({ kept: 0, filters: { grade: { dropped: 30 } } });
    const counting = judged(server.address, { minScore: null });
    const all = await follow(teachOptions(folder, server.address, { teach: counting }));
    expect(all.result?.kinds['analysis']).toMatchObject({ kept: 30, filters: {} });
    expect(server.requests).toHaveLength(62);
  });

  it('keeps to the one budget, counts its money when it is gone, and goes on where it was stopped', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerBoth);
    await writeReviews(folder, someReviews(10));
    const settings = judged(server.address, { price: { input: 1000, output: 2000 } });
    const options = (budget: number): ReturnType<typeof teachOptions> =>
      teachOptions(folder, server.address, { teach: { ...settings, budget } });
    const whole = await follow(options(9));
    const other = { ...options(9), output: 'poor' };
    // All answers and some grades: what a grade may cost is more than ten times what it does.
    const poor = await follow({
      ...other,
      config: { ...other.config, teach: { ...other.config?.teach, budget: 1.9 } },
    });
    expect(poor.error).toMatchObject({ code: 'BUDGET', exitCode: 8 });
    expect(poor.events).toContainEqual(
      expect.objectContaining({
        type: 'warning',
        message: expect.stringMatching(/^\d+ answers have no grade/) as string,
      }),
    );
    const costs = JSON.parse(await readFile(join(folder, 'poor/costs.json'), 'utf8')) as { usdSpent: number };
    expect(costs.usdSpent).toBeLessThanOrEqual(1.9);
    const rich = await follow(other);
    expect(rich.result?.kinds['analysis']).toEqual({
      ...whole.result?.kinds['analysis'],
      files: [join(folder, 'poor/corpus/analysis/restaurant/v0.json')],
    });
    // Without a judge, what one has cost still counts.
    const alone = await follow({
      ...other,
      config: { ...other.config, teach: { ...other.config?.teach, judge: {} } },
    });
    expect(alone.result?.costs?.usdSpent).toBe(rich.result?.costs?.usdSpent);
    expect(alone.result?.kinds['analysis']).toMatchObject({ kept: 10, grades: null });
  });

  it('leaves answers without a grade out, and says so: silence, prose, a word off the scale', async () => {
    const folder = await temporaryFolder();
    const says = ['Opinion Target 1: "x"', '9', '10/10', '4.5', 'I give it a 3.', '{"score": 5}'];
    const server = await serve((request, response) => {
      const text = isGrading(request) ? (says[numberOf(request)] ?? '') : goodAnswer(request);
      complete(response, { text });
    });
    await writeReviews(folder, someReviews(says.length));
    const { result } = await follow(teachOptions(folder, server.address, { teach: judged(server.address) }));
    expect(result?.kinds['analysis']).toMatchObject({
      kept: 3,
      filters: { ungraded: { found: 3, dropped: 3, examples: ['0', '1', '2'] } },
      grades: { graded: 3, counts: { '3': 1, '4.5': 1, '5': 1 } },
    });
  });

  it('costs its share in a dry run, which asks nobody; a lowest grade without a judge is refused', async () => {
    const folder = await temporaryFolder();
    const server = await serve(answerBoth);
    await writeReviews(folder, someReviews(10));
    const alone = await follow({ ...teachOptions(folder, server.address), dryRun: true });
    const both = await follow({
      ...teachOptions(folder, server.address, { teach: judged(server.address) }),
      dryRun: true,
    });
    const { judge, usd } = both.result?.plan ?? {};
    expect(judge?.outputTokens).toEqual({ least: 10, most: 160 });
    expect(judge?.usd?.most).toBeCloseTo(((judge?.inputTokens.most ?? 0) + 320) / 1e6, 9);
    expect(usd?.most).toBeCloseTo((alone.result?.plan.usd?.most ?? 0) + (judge?.usd?.most ?? 0), 9);
    const unnamed = { judge: { minScore: 3 } };
    const refused = await follow(teachOptions(folder, server.address, { teach: unnamed }));
    expect(refused.error).toMatchObject({ code: 'CONFIG', where: 'teach.judge.minScore' });
    const unpriced = { judge: { model: 'https://elsewhere.example/v1#m' }, budget: 1 };
    const other = await follow(teachOptions(folder, server.address, { teach: unpriced }));
    expect(other.error?.describe()).toContain('teach.judge.price.input');
    expect(server.requests).toEqual([]);
  });

  it("is not told the key of the teacher's server", async () => {
    const folder = await temporaryFolder();
    const [teacher, judge] = [await serve(answerBoth), await serve(answerBoth)];
    await writeReviews(folder, someReviews(2));
    process.env['FSA_TEST_TEACHER_KEY'] = 'key-of-the-teacher';
    try {
      const settings = { llm: { keyFrom: 'FSA_TEST_TEACHER_KEY' }, teach: judged(judge.address) };
      const { error } = await follow(teachOptions(folder, teacher.address, settings));
      expect(error).toBeNull();
    } finally {
      delete process.env['FSA_TEST_TEACHER_KEY'];
    }
    expect(teacher.headers[0]?.authorization).toBe('Bearer key-of-the-teacher');
    expect(judge.headers.map(({ authorization }) => authorization)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('grades as JSON', () => {
  const heldRequests = ({ requests }: LlmServer): ChatRequest[] =>
    requests.filter((request) => isGrading(request) && request['response_format'] !== undefined);

  it.each([
    {
      server: 'holds answers to a schema',
      respond: ((request, response) => {
        const held = request['response_format'] !== undefined;
        const text = isGrading(request) ? '{"score": 4}' : held ? '{"word": "yes"}' : goodAnswer(request);
        complete(response, { text });
      }) satisfies Respond,
      held: 2,
      warning: null,
    },
    {
      server: 'takes a schema and does not heed it',
      respond: answerBoth,
      held: 0,
      warning: /takes response_format and does not heed it/,
    },
    {
      server: 'refuses a schema',
      respond: ((request, response) => {
        if (request['response_format'] === undefined) void answerBoth(request, response, 0);
        else refuse(response, 400, { message: 'json_schema is not supported by this model' });
      }) satisfies Respond,
      held: 0,
      warning: /does not take response_format/,
    },
  ])('are asked for where the server $server', async ({ respond, held, warning }) => {
    const folder = await temporaryFolder();
    const server = await serve(respond);
    await writeReviews(folder, someReviews(2));
    const teach = judged(server.address, { minScore: 1 });
    const { result, events, error } = await follow(teachOptions(folder, server.address, { teach }));
    expect(error).toBeNull();
    expect(result?.kinds['analysis']).toMatchObject({ kept: 2, grades: { graded: 2 } });
    expect(heldRequests(server)).toHaveLength(held);
    const told = events.flatMap((event) =>
      event.type === 'warning' && event.message.includes('response_format') ? [event.message] : [],
    );
    expect(told).toEqual(warning === null ? [] : [expect.stringMatching(warning) as string]);
    const traits = await readFile(join(folder, 'run', 'judge.json'), 'utf8');
    expect(JSON.parse(traits)).toMatchObject({ holdsForms: held > 0 });
  });
});
