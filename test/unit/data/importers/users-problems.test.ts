/** What people reported about other tools' reading of their data, problem by problem, and what happens here. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importData } from '../../../../src/index.js';
import { readEvalDatasets } from '../../../../src/pipelines/eval/datasets.js';
import type { DataImportOptions } from '../../../../src/pipelines/data/import.js';
import { temporaryFolder } from '../../../helpers/temp-folder.js';
import { FORMS } from './forms.js';

const CSV_HEAD = 'text,term,polarity\n';
const record = (term: string, label: string): string => `The $T$ was cold .\n${term}\n${label}\n`;

/** A file that was imported without a split. */
async function bring(name: string, content: string, options: Partial<DataImportOptions> = {}) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, name), content);
  const settings = { train: [name], output: 'out', devShare: 0, testShare: 0, cwd: folder, ...options };
  const result = await importData(settings);
  return { ...result, place: join(folder, name), out: join(folder, 'out') };
}

describe('a problem that users of other tools had', () => {
  it.each(FORMS)(
    'only one format is read, by its name: %s of %s goes by its content',
    async (_, form, content) => {
      const { format, preview } = await bring('export.dat', content, { dryRun: true });
      expect(format).toBe(form);
      expect(preview).toHaveLength(1);
    },
  );

  it('another file than the one named is read: a missing path is an error', async () => {
    const folder = await temporaryFolder();
    await expect(importData({ paths: ['mine.csv'], output: 'out', cwd: folder })).rejects.toMatchObject({
      code: 'DATA',
      where: join(folder, 'mine.csv'),
    });
  });

  it('unknown labels fail deep in training: refused before, each with its place, and how to map it', async () => {
    const importing = bring('a.csv', `${CSV_HEAD}The soup .,soup,2\nThe pie .,pie,positive\n`);
    await expect(importing).rejects.toMatchObject({
      code: 'DATA',
      where: expect.stringMatching(/a\.csv:2$/) as string,
      problems: [expect.stringMatching(/"2": 1 times, first at .*a\.csv:2/)],
      advice: expect.stringContaining('--map polarity.2=positive') as string,
    });
  });

  it('something stands behind the list and is passed over: refused with its place', async () => {
    const row = '{"text":"The soup .","term":"soup","polarity":"positive"}';
    const importing = bring('a.json', `[${row},\n${row}]\n${row}\n`);
    await expect(importing).rejects.toMatchObject({
      code: 'DATA',
      where: expect.stringMatching(/a\.json:3$/) as string,
      message: 'Not JSON: "{" stands behind the end of the list.',
    });
  });

  it('a label is mapped that the file does not have, and nothing happens: that is said', async () => {
    const content = `${CSV_HEAD}The soup .,soup,conflict\nThe pie .,pie,positive\n`;
    const map = { 'polarity.Conflict': '', 'polarity.conflicted': '' };
    const { warnings, tuples } = await bring('a.csv', content, { map });
    expect(tuples).toBe(1);
    expect(warnings.filter((one) => one.startsWith('No label is'))).toEqual([
      'No label is "conflicted": what was said of it (--map) does nothing.',
    ]);
  });

  it('a label differs in its case alone: the advice maps it to the one that was declared', async () => {
    const content = `${CSV_HEAD}The soup .,soup,gut\nThe pie .,pie,Gut\n`;
    await expect(bring('a.csv', content, { polarities: ['schlecht', 'gut'] })).rejects.toMatchObject({
      advice: expect.stringContaining('--map polarity.Gut=gut;') as string,
    });
  });

  it('two columns have one name and the first is taken: refused, whichever was meant; others may be alike', async () => {
    const twice = 'text,term,polarity,polarity\nThe soup .,soup,positive,negative\n';
    await expect(bring('a.csv', twice)).rejects.toMatchObject({
      code: 'DATA',
      message: 'Two columns are called "polarity".',
    });
    const { sentences } = await bring('a.csv', 'text,term,polarity,,\nThe soup .,soup,positive,,\n');
    expect(sentences).toBe(1);
  });

  it('-100 and -999 both stand for no label: neither is one, both are counted', async () => {
    const content = [record('soup', '-1'), record('tea', '-100'), record('pie', '-999')].join('');
    const { sentences, polarities, rejected } = await bring('a.seg', content);
    expect([sentences, polarities]).toEqual([1, { negative: 1 }]);
    expect(rejected.map(({ line, reason }) => [line, reason])).toEqual([
      [4, expect.stringContaining('no label')],
      [7, expect.stringContaining('no label')],
    ]);
  });

  it('a label sits on the wrong token after a conversion: tag and label must agree, or the line is named', async () => {
    const good = 'The O -100\nsoup B-ASP Negative\nwas O -100\n\n';
    const { sentences, rejected } = await bring(
      'a.atepc',
      `${good}The O -100\npie O Negative\nwas O -100\n\nThe O -100\ntea B-ASP -100\nwas O -100\n`,
    );
    expect(sentences).toBe(1);
    expect(rejected.map(({ line }) => line)).toEqual([6, 9]);
  });

  it('a row that breaks is skipped in silence: every row is taken or in the rejects with its reason', async () => {
    const rows = ['The soup .,soup,positive', 'short', 'The pie .,tart,negative', ',soup,positive'];
    const { sentences, rejectedCount, rejected, warnings } = await bring('a.csv', CSV_HEAD + rows.join('\n'));
    expect(sentences + rejectedCount).toBe(rows.length);
    expect(rejected.map(({ line }) => line).sort()).toEqual([3, 4, 5]);
    expect(warnings.join('\n')).toContain('3 rows were not taken; rejects.jsonl says why');
  });

  it('one bad record stops the training unnamed: file, line and what is wrong, with the nearest words', async () => {
    const { rejected, place } = await bring(
      'a.csv',
      `${CSV_HEAD}The soup .,soup,positive\nThe onion soup .,onions soup,negative\n`,
    );
    expect(rejected).toEqual([
      { file: place, line: 3, reason: '"onions soup" does not occur in the text; did it mean "onion soup"?' },
    ]);
  });

  it('there is no dev or test file, and None is iterated: split by a seed, or said before any work', async () => {
    const rows = Array.from({ length: 40 }, (_, n) => `The soup ${n} .,soup,positive`).join('\n');
    const dealt = await bring('a.csv', CSV_HEAD + rows, { devShare: 0.1, testShare: 0.1, seed: 7 });
    expect(Object.keys(dealt.parts)).toEqual(['train', 'dev', 'test']);
    expect(dealt.warnings.join('\n')).toContain(
      'No file is a dev or test set: cut from the rest with seed 7',
    );
    const whole = await bring('a.csv', CSV_HEAD + rows);
    expect(whole.warnings.join('\n')).toContain('There is no dev, no test set');
    const reading = readEvalDatasets([whole.out], { targetOrder: 'text', epochs: 1 }, '.');
    await expect(reading).rejects.toMatchObject({ code: 'DATA' });
  });

  it('a class is nearly absent: counts of every class and part, and a warning', async () => {
    const rows = Array.from(
      { length: 22 },
      (_, n) => `The soup ${n} .,soup,${n < 21 ? 'positive' : 'neutral'}`,
    );
    const { parts, warnings } = await bring('a.csv', CSV_HEAD + rows.join('\n'));
    expect(parts.train?.polarities).toEqual({ neutral: 1, positive: 21 });
    expect(warnings.join('\n')).toContain('The label neutral has only 1 tuple to learn from');
  });

  it('conflict vanished between two copies: it stays, and what is left out is counted', async () => {
    const content = `${CSV_HEAD}The soup .,soup,conflict\nThe pie .,pie,positive\n`;
    expect((await bring('a.csv', content)).polarities).toEqual({ conflict: 1, positive: 1 });
    const without = await bring('a.csv', content, { map: { 'polarity.conflict': '' } });
    expect(without.notes).toEqual({ 'label-left-out': 1 });
    expect(without.warnings.join('\n')).toContain('1 row: lost a tuple whose label is mapped to nothing');
  });

  it('spans are wanted and only words are there: found, doubt is said, and an ordinal is kept', async () => {
    const text = 'The soup beat the other soup .';
    const quad = "####[['soup', 'food quality', 'positive', 'beat']]\n";
    const { notes, preview, warnings } = await bring('a.txt', text + quad);
    expect(preview).toMatchObject([{ aspects: [{ from: 4, to: 8 }] }]);
    expect(notes).toEqual({ 'several-places': 1 });
    expect(warnings.join('\n')).toContain('the first place is taken');
    const second = await bring('a.csv', `text,term,ordinal,polarity\n${text},soup,1,positive\n`);
    expect(second.preview).toMatchObject([{ aspects: [{ from: 24, to: 28 }] }]);
    expect(second.notes).toEqual({});
  });

  it('offsets are shifted by emoji or CRLF: put right by a named rule', async () => {
    const task = (text: string, start: number, end: number) => ({
      id: start,
      data: { text },
      annotations: [
        { result: [{ type: 'labels', value: { start, end, text: 'soup', labels: ['positive'] } }] },
      ],
    });
    const tasks = [task('😍😍 soup', 5, 9), task('one\ntwo\nsoup', 10, 14)];
    const { notes, preview } = await bring('a.json', JSON.stringify(tasks));
    expect(notes).toEqual({ 'offset-crlf': 1, 'offset-utf16': 1 });
    expect(preview).toMatchObject([
      { aspects: [{ target: 'soup', from: 3 }] },
      { aspects: [{ target: 'soup', from: 8 }] },
    ]);
  });

  it('an export lacks the labelled words, or ends beyond the text: offsets do, those out of range are named', async () => {
    const task = (id: number, end: number) => ({
      id,
      data: { text: 'The soup .' },
      annotations: [{ result: [{ type: 'labels', value: { start: 4, end, labels: ['positive'] } }] }],
    });
    const { preview, rejected } = await bring('a.json', JSON.stringify([task(1, 8), task(2, 80)]));
    expect(preview).toMatchObject([{ aspects: [{ target: 'soup', from: 4, to: 8 }] }]);
    expect(rejected).toMatchObject([{ reason: expect.stringContaining('task 2') as string }]);
  });

  it('spans that are no whole tokens are dropped: they are gold like any other', async () => {
    const { tuples, notes } = await bring('a.csv', `${CSV_HEAD}Superbattery!,batter,positive\n`);
    expect([tuples, notes]).toEqual([1, {}]);
  });

  // The fifteenth, a file that scores less than 100 against itself, is test/integration/data/gold-against-gold.
});
