/** `fsa data …` as a user runs it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fsa, parseLines, ROOT } from '../helpers/cli.js';
import { SAMPLE_STUDENT, smallCorpus, smallDataset } from '../helpers/small-data.js';
import { temporaryFolder } from '../helpers/temp-folder.js';
import { chromiumPath, openPage, startBrowser } from '../integration/report/browser.js';

const sentence = 'The soup was cold and the waiter laughed about it';
const row = (ID: number, Text: string, mixtral_response = 'Cold soup.'): string =>
  `${JSON.stringify({ ID, Text, Overall: 2, mixtral_response })}\n`;
const long = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ');
const CORPUS = [
  row(1, `We came late. ${sentence}, all night.`),
  row(2, `We came late. ${sentence}, all night.`),
  row(3, long),
  row(4, long.replace('word30', 'another')),
  '{"ID": 5}\n',
  '{"ID": 6,\n',
].join('');

async function withCorpus(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'c.json'), CORPUS);
  return folder;
}

describe('fsa data check', () => {
  it('names every bad row with its line, ends with 2, and sorts the rows out', async () => {
    const cwd = await withCorpus();
    const { exitCode, stdout, stderr } = await fsa(['data', 'check', 'c.json', '--fix', 'sorted'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^c\.json:5 Text: error: Text is missing/m);
    expect(stdout).toMatch(/^c\.json:6: error: not JSON: .+/m);
    expect(stdout).toMatch(/^c\.json +corpus +6 +4 +\d+ +\d+$/m);
    expect(await readFile(join(cwd, 'sorted/c.json'), 'utf8')).toBe(
      CORPUS.split('\n').slice(0, 4).join('\n').concat('\n'),
    );
    const rejected = parseLines(await readFile(join(cwd, 'sorted/c.json.rejected.jsonl'), 'utf8'));
    expect(rejected).toHaveLength(2);
  });

  it('says the same as one object with --json, and ends with 0 where nothing is wrong', async () => {
    const cwd = await withCorpus();
    const bad = await fsa(['data', 'check', 'c.json', '--json'], { cwd });
    expect(bad.exitCode).toBe(2);
    const [result] = parseLines(bad.stdout);
    expect(result).toMatchObject({ type: 'result', files: [{ kind: 'corpus', rows: 6, passed: 4 }] });
    const lines = (result?.['findings'] as { severity: string; line: number }[]).filter(
      ({ severity }) => severity === 'error',
    );
    expect(new Set(lines.map(({ line }) => line))).toEqual(new Set([5, 6]));
    await writeFile(join(cwd, 'c.json'), row(1, 'A fine place.'));
    expect((await fsa(['data', 'check', 'c.json'], { cwd })).exitCode).toBe(0);
  });
});

describe('fsa data stats', () => {
  it.skipIf(chromiumPath === null)('draws a page that a browser shows without trouble', async () => {
    const cwd = await temporaryFolder();
    await smallDataset(cwd, 'atsa');
    await smallCorpus(cwd);
    const words = ['data', 'stats', 'atsa/small', 'corpus.json', '--model', SAMPLE_STUDENT];
    const { exitCode, stdout, stderr } = await fsa([...words, '--html', 'page.html'], { cwd });
    expect([stderr, exitCode]).toEqual([expect.stringContaining('tokens: done'), 0]);
    expect(stdout).toMatch(/^all +48 /m);
    expect(stdout).toContain('corpus: 40 rows in 1 file, 0 bad rows');
    expect(stdout).toMatch(/tokens of .*sample: reviews \d+\.\d on average, \d+\.\d\d % cut at 128/);
    const browser = await startBrowser();
    try {
      const { page, trouble, close } = await openPage(
        browser,
        await readFile(join(cwd, 'page.html'), 'utf8'),
      );
      expect(trouble).toEqual([]);
      // Bars stand on the axis: each is as tall as its count.
      const heights = await page.evaluate(
        `[...document.querySelectorAll('figure')].at(-1).querySelectorAll('.mark-rect path').values()
          .map((bar) => bar.getBBox().height).toArray()`,
      );
      expect(Math.max(...(heights as number[]))).toBeGreaterThan(100);
      const legend = await page.evaluate(
        `[...document.querySelectorAll('.role-legend-symbol path')].map((mark) => mark.getAttribute('fill'))`,
      );
      expect(new Set(legend as string[]).size).toBe(4);
      await close();
    } finally {
      await browser.close();
    }
  });
});

describe('fsa data dedupe', () => {
  it('writes the rows that repeat none, exactly and nearly, and tells its method', async () => {
    const cwd = await withCorpus();
    const { exitCode, stdout, stderr } = await fsa(['data', 'dedupe', 'c.json', '--to', 'out'], { cwd });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('near duplicates: done')]);
    expect(stdout).toContain('Kept 2 of 6 rows: 1 exact and 1 near repetitions and 2 bad rows');
    expect(stdout).toMatch(/Jaccard similarity of at least 0\.8 over shingles of 3 words/);
    const kept = parseLines(await readFile(join(cwd, 'out/c.json'), 'utf8'));
    expect(kept.map(({ ID }) => ID)).toEqual([1, 3]);
    const removed = parseLines(await readFile(join(cwd, 'out/removed.jsonl'), 'utf8'));
    expect(removed.map(({ reason, line }) => [reason, line])).toEqual([
      ['exact', 2],
      ['near', 4],
      ['bad', 5],
      ['bad', 6],
    ]);
    const again = await fsa(['data', 'dedupe', 'c.json', '--to', 'out'], { cwd });
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('exists already')]);
  });
});

describe('fsa data overlap', () => {
  it('shows where a benchmark sentence stands, and all of it with --json', async () => {
    const cwd = await withCorpus();
    const example = { ID: 't1', sentence: `${sentence}.`, aspects: [] };
    await writeFile(join(cwd, 'test.json'), JSON.stringify([example]));
    const words = ['data', 'overlap', '--corpus', 'c.json', '--benchmark', 'test.json', '--task', 'atsa'];
    const text = await fsa([...words, '--exact'], { cwd });
    expect([text.exitCode, text.stderr]).toEqual([0, '']);
    expect(text.stdout).toMatch(/c\.json:1: exact: test\.json t1: The soup was cold/);
    expect(text.stdout).toContain('2 of 4 corpus rows hold a benchmark sentence: 2 exactly.');
    const json = parseLines((await fsa([...words, '--json'], { cwd })).stdout);
    expect(json.map(({ type }) => type)).toContain('job-finished');
    expect(json.at(-1)).toMatchObject({ type: 'result', exact: 2, method: { shingleWords: 2 } });
  });

  it('asks for what is missing', async () => {
    const { exitCode, stderr } = await fsa(['data', 'overlap', '--corpus', 'c.json'], { cwd: ROOT });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('The option --benchmark is missing.')]);
  });
});
