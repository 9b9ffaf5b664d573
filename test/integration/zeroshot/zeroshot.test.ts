/** Students, stored answers and an LLM as classifiers of the same rows. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sentiment from 'sentiment';
import { describe, expect, it } from 'vitest';
import { zeroshot, type ZeroshotResult } from '../../../src/index.js';
import { complete, startLlmServer } from '../../fixtures/llm-server.js';
import { sharedFolder, sharedPath } from '../../helpers/shared.js';
import { SAMPLE_STUDENT, smallDataset } from '../../helpers/small-data.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const TEXTS = [
  { id: 1, text: 'The soup was lovely.', stars: 5 },
  { id: 2, text: 'The soup was cold.', stars: 1 },
  { id: 3, text: 'It was a soup.', stars: 3 },
  { id: 4, text: 'Bad service, never again.', label: 'Negative' },
  { id: 5, text: 'Lovely people.', label: 'positive' },
];

async function withTexts(rows: readonly object[]): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'texts.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return folder;
}

const nameOf = ({ systems }: ZeroshotResult, name: string) => systems.find((one) => one.name === name);

describe('stored answers', () => {
  it.skipIf(sharedFolder === null)(
    'of the published corpus give these accuracies, by an independent count',
    async () => {
      const path = sharedPath('data/corpus/mixtral_sample_250.json');
      const { verdictRules, rows, leftOut, classes } = await zeroshot({
        cwd: await temporaryFolder(),
        config: { zeroshot: { data: [path], teacher: 'corpus' } },
      });
      const counted = countIndependently(await readFile(path, 'utf8'));
      expect({ rows, leftOut, classes }).toEqual({
        rows: counted.rows,
        leftOut: 250 - counted.rows,
        classes: ['negative', 'positive'],
      });
      expect(Object.fromEntries(verdictRules.map(({ rule, right }) => [rule, right]))).toEqual(counted.right);
      // In words, for docs/teaching.md: of 92 analyses of one or two against four or five stars.
      expect(verdictRules.map(({ rule, accuracy }) => `${rule} ${(100 * accuracy).toFixed(1)}`)).toEqual([
        'sum 88.0',
        'majority 85.9',
        'strongest 90.2',
        'first 81.5',
        'last 69.6',
      ]);
    },
  );

  it('are asked for where there are none', async () => {
    const cwd = await withTexts(TEXTS);
    const judging = zeroshot({ cwd, config: { zeroshot: { data: ['texts.jsonl'], teacher: 'corpus' } } });
    await expect(judging).rejects.toMatchObject({
      code: 'DATA',
      advice: expect.stringContaining('analysis') as string,
    });
  });
});

/** The same figures by hand: no part of fsa reads the labels here. */
function countIndependently(text: string): { rows: number; right: Record<string, number> } {
  const right: Record<string, number> = { sum: 0, majority: 0, strongest: 0, first: 0, last: 0 };
  let rows = 0;
  for (const line of text.replace('\uFEFF', '').split('\n')) {
    if (line.trim() === '') continue;
    const row = JSON.parse(line) as { Overall: number; mixtral_response: string };
    if (row.Overall === 3 || !row.mixtral_response.trim().startsWith('Opinion Target')) continue;
    rows += 1;
    const values = valuesIn(row.mixtral_response);
    const gold = row.Overall > 3;
    const isRight = (value: number): number => Number(gold ? value > 0 : value < 0);
    const praise = values.filter((value) => value > 0);
    const blame = values.filter((value) => value < 0);
    const [up, down] = [Math.max(0, ...praise), Math.max(0, ...blame.map((value) => -value))];
    right['sum'] = (right['sum'] ?? 0) + isRight(values.reduce((a, b) => a + b, 0));
    right['majority'] = (right['majority'] ?? 0) + isRight(praise.length - blame.length);
    right['strongest'] = (right['strongest'] ?? 0) + isRight(up >= down ? up : -down);
    right['first'] = (right['first'] ?? 0) + isRight(values[0] ?? 0);
    right['last'] = (right['last'] ?? 0) + isRight(values[values.length - 1] ?? 0);
  }
  return { rows, right };
}

function valuesIn(answer: string): number[] {
  const values: number[] = [];
  for (const [index, part] of answer.split(/sentiment[ \d]*[ \t]*:/i).entries()) {
    if (index > 0) {
      const words = part
        .toLowerCase()
        .replace(/["*]/g, ' ')
        .trim()
        .split(/[\s.,;]+/);
      const [first = '', second = ''] = words;
      const isStrong = first === 'very' || first === 'extremely';
      const base = isStrong || /^(mild|mildly|slightly)$/.test(first) ? second : first;
      if (base.startsWith('positive')) values.push(isStrong ? 2 : 1);
      else if (base.startsWith('negative')) values.push(isStrong ? -2 : -1);
      else if (['mild', 'neutral', 'mixed'].includes(first)) values.push(0);
    }
    // What follows an invented review, example or note is none of the answer.
    if (
      part
        .split('\n')
        .slice(1)
        .some((line) => /^\s*(review|example|note)\b.*:/i.test(line))
    )
      break;
  }
  return values;
}

describe('an LLM', () => {
  it('is asked once for every text, and a rerun pays for none again', async () => {
    const server = await startLlmServer(({ messages }, response) => {
      const said = messages.at(-1)?.content ?? '';
      const text = /lovely/i.test(said) ? 'Positive.' : /service/.test(said) ? 'I cannot tell' : 'negative';
      complete(response, { text, usage: { prompt_tokens: 50, completion_tokens: 2 } });
    });
    try {
      const cwd = await withTexts(TEXTS);
      const name = `${server.address}#m`;
      const config = {
        llm: { price: { input: 1, output: 1 } },
        zeroshot: { data: ['texts.jsonl'], teacher: name, budget: 1 },
      };
      const first = await zeroshot({ cwd, config });
      expect(first).toMatchObject({ rows: 4, leftOut: 1, classes: ['negative', 'positive'] });
      expect(nameOf(first, name)).toMatchObject({
        kind: 'llm',
        accuracy: 0.75,
        unanswered: 1,
        usd: (4 * 52) / 1e6,
        confusion: {
          negative: { negative: 1, positive: 0, '-': 1 },
          positive: { negative: 0, positive: 2, '-': 0 },
        },
      });
      expect(nameOf(first, 'always negative')?.accuracy).toBe(0.5);
      const before = server.requests.length;
      const { seconds: _s, ...again } = await zeroshot({ cwd, config });
      const { seconds: _t, ...once } = first;
      expect(again).toEqual(once);
      expect(server.requests.length).toBe(before);
    } finally {
      await server.close();
    }
  });
});

describe('an LLM that is asked for an analysis', () => {
  it('is read by the rule of students; what an analysis leaves open, a direct question decides', async () => {
    const server = await startLlmServer(({ messages }, response) => {
      const isAnalysis = messages[0]?.content.startsWith('You analyse') === true;
      const said = messages.at(-1)?.content ?? '';
      const labels = /lovely/i.test(said) ? ['Very Positive', 'Negative'] : ['Negative', 'Positive'];
      const blocks = labels.map(
        (label, place) =>
          `Opinion Target ${place + 1}: "soup"\nAspect: Taste\nSentiment: ${label}\nReasoning: So.`,
      );
      complete(response, { text: isAnalysis ? blocks.join('\n\n') : '{"label": "negative"}' });
    });
    try {
      const cwd = await withTexts(TEXTS);
      const name = `${server.address}#m`;
      const asking = { data: ['texts.jsonl'], teacher: name, ask: 'analysis' as const };
      const run = await zeroshot({ cwd, config: { zeroshot: asking } });
      // Two lovely ones by the sum of their strengths, two balanced ones by a label.
      expect(nameOf(run, `${name}, read`)).toMatchObject({ accuracy: 1, unanswered: 0 });
      const kinds = server.requests.map(({ messages }) => messages[0]?.content.slice(0, 11));
      expect(kinds.filter((kind) => kind === 'You analyse')).toHaveLength(4);
      expect(kinds.filter((kind) => kind === 'You judge t')).toHaveLength(2);
      // The demonstrations are those of a corpus.
      expect(server.requests.find(({ messages }) => messages.length > 4)).toBeDefined();
    } finally {
      await server.close();
    }
  });
});

describe('real labelled sentences of three kinds', () => {
  it.each([
    { name: 'amazon', right: 807 },
    { name: 'imdb', right: 775 },
    { name: 'yelp', right: 800 },
  ])(
    '$name: a word list asked as a model has the accuracy that it has alone',
    async ({ name, right }) => {
      const path = new URL(`../../../node_modules/sentiment/test/fixtures/${name}.json`, import.meta.url);
      const all = JSON.parse(await readFile(path, 'utf8')) as { text?: string; class: number }[];
      const rows = all.flatMap(({ text, ...rest }) =>
        text === undefined || text === '' ? [] : [{ text, ...rest }],
      );
      const words = new Sentiment();
      const isPraise = (text: string): boolean => words.analyze(text).score > 0;
      const counted = rows.filter(({ text, class: gold }) => isPraise(text) === (gold === 1)).length;
      const server = await startLlmServer(({ messages }, response) => {
        const text = messages.at(-1)?.content.replace(/^Text: /, '') ?? '';
        complete(response, { text: isPraise(text) ? 'positive' : 'negative' });
      });
      try {
        const cwd = await withTexts(
          rows.map(({ text, class: gold }, id) => ({
            id,
            text,
            label: gold === 1 ? 'positive' : 'negative',
          })),
        );
        const teacher = `${server.address}#afinn`;
        const run = await zeroshot({ cwd, config: { zeroshot: { data: ['texts.jsonl'], teacher } } });
        const system = nameOf(run, teacher);
        expect({ rows: run.rows, leftOut: run.leftOut, right: system?.right }).toEqual({
          ...{ rows: rows.length, leftOut: 0, right: counted },
        });
        expect(nameOf(run, 'always negative')?.accuracy).toBeCloseTo(0.5, 2);
        expect(counted).toBe(right);
      } finally {
        await server.close();
      }
    },
    120_000,
  );
});

describe('a student', () => {
  it('judges texts and terms by both rules, with its floor and a paired test, alike each time', async () => {
    const cwd = await withTexts(TEXTS);
    const students = { student: SAMPLE_STUDENT };
    const judge = async (settings: object, output: string): Promise<ZeroshotResult> =>
      await zeroshot({
        cwd,
        output,
        config: { threads: 1, zeroshot: { students, floor: SAMPLE_STUDENT, ...settings } },
      });
    const texts = await judge({ data: ['texts.jsonl'] }, 'texts');
    const [student, floor] = texts.systems;
    expect(student?.kind).toBe('student');
    // The same weights judge alike: nothing distinguishes a student from itself.
    expect(floor).toMatchObject({
      kind: 'floor',
      accuracy: student?.accuracy,
      confusion: student?.confusion,
    });
    expect(texts.tests.find(({ second }) => second === floor?.name)).toMatchObject({
      difference: 0,
      p: 1,
      n: 4,
    });
    const dataset = await smallDataset(cwd, 'atsa', 8);
    const terms = await judge({ data: [dataset], level: 'term', rule: 'read', limit: 9 }, 'terms');
    expect(terms.level).toBe('term');
    expect(terms.rows).toBe(9);
    expect(terms.systems[0]?.unanswered).toBe(0);
  });
});

describe('what cannot be judged', () => {
  it('is told with its place: rows that a comma cut, or without a text', async () => {
    const cwd = await temporaryFolder();
    const rows = '1,good food,positive\n2,bad food, really,negative\n3,,positive\n4,so so,neutral\n';
    await writeFile(join(cwd, 'texts.csv'), `id,text,label\n${rows}`);
    const server = await startLlmServer((_, response) => {
      complete(response, { text: 'positive', usage: { prompt_tokens: 50, completion_tokens: 2 } });
    });
    try {
      const run = zeroshot({
        cwd,
        config: { zeroshot: { data: ['texts.csv'], teacher: `${server.address}#m` } },
      });
      const told: string[] = [];
      for await (const event of run) if (event.type === 'warning') told.push(event.message);
      expect(await run).toMatchObject({ rows: 2, leftOut: 2 });
      expect(told).toContain(
        `Rows left out: 1 more cells than the header, 1 empty; the first: ${join(cwd, 'texts.csv')}:3: more cells than the header.`,
      );
    } finally {
      await server.close();
    }
  });

  it('is refused: nobody named, no data, a label that is none, with its line', async () => {
    const cwd = await withTexts([TEXTS[0] as object, { text: 'x', label: 'great' }]);
    const judge = async (settings: object): Promise<unknown> =>
      await zeroshot({ cwd, config: { zeroshot: settings } });
    await expect(judge({ data: ['texts.jsonl'] })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(judge({ teacher: 'corpus' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(judge({ data: ['texts.jsonl'], teacher: 'http://127.0.0.1:1/v1#m' })).rejects.toMatchObject({
      code: 'DATA',
      where: join(cwd, 'texts.jsonl:2'),
    });
  });
});
