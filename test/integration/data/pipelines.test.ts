import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FINDINGS_KEPT } from '../../../src/pipelines/data/check.js';
import { checkData, describeData, score } from '../../../src/index.js';
import { sharedFolder, sharedPath } from '../../helpers/shared.js';
import { aspect, errorOf, jsonLines, makeFolder, review } from './folder.js';

const example = (ID: string, ...aspects: object[]) => ({ ID, sentence: 'The boat and the crew.', aspects });

describe('score', () => {
  const files = {
    'test.json': JSON.stringify([
      example('1', aspect('boat', 'positive', { opinion_words: 'x' })),
      example(
        '2',
        aspect('crew', 'negative', { opinion_words: null }),
        aspect('boat', 'neutral', { opinion_words: 'x' }),
      ),
    ]),
    'hard_test.json': JSON.stringify([example('1', aspect('crew', 'negative', { opinion_words: [] }))]),
    'list.json': JSON.stringify(['boat | positive', 'crew | negative', 'crew | positive']),
    'lines.jsonl': jsonLines(
      ['boat | positive', 'crew | negative', 'crew | positive'].map((text) => ({ text, x: 1 })),
    ),
  };

  it.each(['list.json', 'lines.jsonl'])('scores %s by subset', async (predictions) => {
    const cwd = await makeFolder(files);
    const result = await score({ task: 'atsa', gold: ['test.json', 'hard_test.json'], predictions, cwd });
    const f1 = Object.fromEntries(
      Object.entries(result.subsets).map(([name, metrics]) => [name, metrics.f1]),
    );
    const close = (value: number): unknown => expect.closeTo(value, 12);
    expect(f1).toEqual({
      all: close(4 / 7),
      test: close(0.8),
      hard: 0,
      implicit: close(0.4),
      multiple: close(2 / 3),
    });
    expect(result.sentences.map((row) => row.right)).toEqual([true, false, false]);
    expect(result.sentences[2]).toMatchObject({ gold: 'crew | negative', text: 'crew | positive' });
  });

  it('has no hard subset for one gold file', async () => {
    const cwd = await makeFolder({ ...files, 'two.json': '["", ""]' });
    const { subsets } = await score({ task: 'atsa', gold: ['test.json'], predictions: 'two.json', cwd });
    expect(Object.keys(subsets)).toEqual(['all', 'test', 'implicit', 'multiple']);
  });

  it('warns of gold without a tuple, of which every figure is empty', async () => {
    const cwd = await makeFolder({
      ...files,
      'bare.json': JSON.stringify([example('1'), example('2')]),
      'two.json': '["", "boat | positive"]',
    });
    const warningsOf = async (gold: string[], predictions: string): Promise<unknown[]> => {
      const run = score({ task: 'atsa', gold, predictions, cwd });
      const events = [];
      for await (const event of run) if (event.type === 'warning') events.push(event);
      await run;
      return events;
    };
    expect(await warningsOf(['bare.json'], 'two.json')).toMatchObject([
      {
        message: expect.stringContaining(
          'The gold files hold no tuples of atsa in their 2 sentences, so recall and F1 are empty',
        ) as string,
        where: 'bare.json',
      },
    ]);
    expect(await warningsOf(['hard_test.json', 'bare.json'], 'list.json')).toEqual([]);
  });

  it('explains counts that do not match, and predictions that are none', async () => {
    const cwd = await makeFolder({ ...files, 'two.json': '["", ""]', 'odd.json': '["", 3, {"text": null}]' });
    const of = async (gold: string[], predictions: string) =>
      (await errorOf(score({ task: 'atsa', gold, predictions, cwd }))).describe();
    expect(await of(['test.json'], 'list.json')).toMatch(
      /3 predictions for 2 gold[^]*hard_test\.json was predicted too/,
    );
    expect(await of(['test.json', 'hard_test.json'], 'two.json')).toContain('leave out the second');
    expect(await of(['test.json', 'hard_test.json'], 'odd.json')).toMatch(
      /example 2: a prediction[^]*example 3, text/,
    );
    expect(await of([], 'list.json')).toContain('not 0');
    const wrong = { task: 'xyz' as 'atsa', gold: ['test.json'], predictions: 'list.json', cwd };
    expect((await errorOf(score(wrong))).describe()).toContain('choose atsa or acsa');
  });
});

describe('checkData', () => {
  it('tells errors from warnings in files of both kinds', async () => {
    const cwd = await makeFolder({
      'atsa/test.json': JSON.stringify([
        example('1', aspect('boat', 'positive', { from: 4, to: 9 })),
        example('1', aspect('mast')),
        example('3', aspect('boat', 'fine')),
      ]),
      'c.json': `${jsonLines([
        review(1, { Overall: 7 }),
        review(1, {
          mixtral_response:
            'The boat was steady\n\nReview: another one, with a much longer text than any form and',
        }),
      ])}{"ID": 3,\n`,
      'list.json': JSON.stringify([review(1)]),
      'other.json': '{"hello": 1}',
    });
    const result = await checkData({ paths: ['.'], cwd });
    const kinds = (name: string) => result.files.find((file) => file.file.endsWith(name));
    expect(kinds('atsa/test.json')).toMatchObject({
      kind: 'benchmark',
      task: 'atsa',
      rows: 3,
      passed: 1,
      counts: { offsets: 1, 'term-not-in-sentence': 1, 'unknown-polarity': 1 },
    });
    expect(kinds('c.json')).toMatchObject({
      kind: 'corpus',
      passed: 2,
      errors: 1,
      counts: { 'stars-off-scale': 1, 'duplicate-id': 1, 'runs-on': 1, cut: 1, json: 1 },
    });
    expect(kinds('list.json')?.counts).toEqual({ list: 1 });
    expect(kinds('other.json')).toMatchObject({ kind: 'unknown', counts: { unknown: 1 } });
    expect([result.errors, result.warnings]).toEqual([5, 5]);
  });

  it('sorts out bad rows without touching the files', async () => {
    const good = example('1', aspect('boat'));
    const text = JSON.stringify([good, example('2', aspect('mast'))]);
    const corpus = `${jsonLines([review(1)])}{"cut\n`;
    const cwd = await makeFolder({ 'in/atsa/test.json': text, 'in/c.json': corpus });
    const { files } = await checkData({ paths: ['in'], fix: 'out', cwd });
    expect(await readFile(join(cwd, 'in/atsa/test.json'), 'utf8')).toBe(text);
    expect(JSON.parse(await readFile(join(cwd, 'out/atsa/test.json'), 'utf8'))).toEqual([good]);
    expect(await readFile(join(cwd, 'out/c.json'), 'utf8')).toBe(jsonLines([review(1)]));
    const rejected = await readFile(join(cwd, 'out/c.json.rejected.jsonl'), 'utf8');
    expect(JSON.parse(rejected)).toMatchObject({
      line: 2,
      row: '{"cut',
      reasons: [expect.stringContaining('not JSON')],
    });
    expect(files.map((file) => file.passedFile)).toEqual([
      join(cwd, 'out/atsa/test.json'),
      join(cwd, 'out/c.json'),
    ]);
    const again = await checkData({ paths: ['out/atsa/test.json', 'out/c.json'], cwd });
    expect(again.errors).toBe(0);
    expect((await errorOf(checkData({ paths: ['in'], fix: 'out', cwd }))).message).toContain(
      'exists already',
    );
    expect((await errorOf(checkData({ paths: ['in'], fix: 'in', cwd }))).code).toBe('USAGE');
    expect((await readdir(join(cwd, 'in'))).sort()).toEqual(['atsa', 'c.json']);
  });

  it('keeps a bounded list of findings but counts all', async () => {
    const rows = Array.from({ length: FINDINGS_KEPT + 50 }, (_, id) => ({ ID: id, Text: '' }));
    const cwd = await makeFolder({ 'c.json': jsonLines(rows) });
    let told = 0;
    const result = await checkData({ paths: ['c.json'], cwd, onFinding: () => told++ });
    expect([result.findings.length, result.errors, told]).toEqual([FINDINGS_KEPT, 2100, 2100]);
  });

  it.skipIf(sharedFolder === null)('finds no error in the published files', async () => {
    const result = await checkData({ paths: [sharedPath('data/fsa-benchmark'), sharedPath('data/corpus')] });
    expect(result.errors).toBe(0);
    expect(result.files.map((file) => file.kind).sort()).toEqual([
      ...Array<string>(8).fill('benchmark'),
      'corpus',
    ]);
    const corpus = result.files.find((file) => file.kind === 'corpus');
    expect(corpus?.counts['runs-on']).toBeGreaterThan(0);
  });
});

describe('describeData', () => {
  it('counts datasets, files and corpora', async () => {
    const test = JSON.stringify([
      example(
        '1',
        aspect('boat', 'positive', { opinion_words: null }),
        aspect('crew', 'negative', { opinion_words: 'x' }),
      ),
      example('2', aspect('NULL', 'conflict', { opinion_words: 'x' })),
    ]);
    const cwd = await makeFolder({
      'atsa/own/train.json': test,
      'atsa/own/dev.json': test,
      'atsa/own/test.json': test,
      'c.json': jsonLines([review(1), review(2, { Overall: 5, prompt: 'p' }), { ID: 3 }]),
    });
    const { datasets, corpus } = await describeData({
      paths: ['atsa/own', 'atsa/own/dev.json', 'c.json'],
      cwd,
    });
    expect(datasets.map(({ name, parts }) => [name, parts.map((part) => part.part)])).toEqual([
      ['own', ['train', 'dev', 'test']],
      ['dev.json', ['file']],
    ]);
    expect(datasets[0]?.parts[2]).toMatchObject({
      sentences: 2,
      aspects: 2,
      goldTuples: 2,
      withoutAspects: 1,
      polarities: { positive: 1, neutral: 0, negative: 1, conflict: 0 },
      implicit: 1,
      multiple: 1,
      words: { mean: 5, minimum: 5, maximum: 5 },
    });
    expect(corpus).toMatchObject({
      rows: 2,
      skipped: 1,
      stars: { 4: 1, 5: 1 },
      answerFields: { mixtral_response: 2 },
      withPrompt: 1,
      textWords: { count: 2, median: 6 },
    });
  });

  it('refuses paths that lead nowhere and datasets that do not read', async () => {
    const cwd = await makeFolder({ 'atsa/own/test.json': '[]' });
    expect((await errorOf(describeData({ paths: ['none'], cwd }))).code).toBe('DATA');
    expect((await errorOf(describeData({ paths: ['atsa/rest14'], cwd }))).advice).toContain('fsa download');
    await writeFile(join(cwd, 'atsa/own/train.json'), '{');
    expect((await errorOf(describeData({ paths: ['atsa/own'], cwd }))).message).toContain('no dev.json');
  });
});
