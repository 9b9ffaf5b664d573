/** The review that a sentence is from, all the way from a table to the draws of a report. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../src/data/benchmark/dataset.js';
import { FsaError, importData } from '../../../src/index.js';
import { toPredictionLines } from '../../../src/pipelines/eval/prediction-lines.js';
import { toEvalDataset } from '../../../src/pipelines/eval/datasets.js';
import { WrongPredictions } from '../../../src/report/wrong-predictions.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

type Row = Readonly<Record<string, unknown>>;

async function bring(name: string, text: string) {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, name), text);
  const result = await importData({ paths: [name], task: 'atsa', output: 'out', cwd });
  const parts: Row[][] = [];
  for (const part of ['train', 'dev', 'test']) {
    parts.push(JSON.parse(await readFile(join(cwd, 'out', `${part}.json`), 'utf8')) as Row[]);
  }
  return { folder: join(cwd, 'out'), rows: parts.flat(), result };
}

const table = [
  'id,review_id,text,term,polarity',
  ...Array.from(
    { length: 60 },
    (_, at) => `s${at},r${Math.floor(at / 3)},The soup ${at} was nice,soup,positive`,
  ),
].join('\n');

describe('the review of a sentence', () => {
  it('goes from a column into the dataset, the predictions of a cell, and what a report draws', async () => {
    const { folder, rows } = await bring('a.csv', table);
    expect(rows).toHaveLength(60);
    for (const { ID, review_id: review } of rows) {
      expect(review).toBe(`r${Math.floor(Number(String(ID).slice(1)) / 3)}`);
    }
    const dataset = toEvalDataset(await readDataset(folder), 'atsa/out', 'text');
    const key = { model: 'm', task: 'atsa', dataset: 'out', seed: 1, trainShare: 1 } as const;
    const path = join(folder, 'predictions.jsonl');
    await writeFile(
      path,
      toPredictionLines(
        { id: '1', key, label: 'x', dataset } as never,
        dataset.test.map(() => ''),
      ),
    );
    const read = await new WrongPredictions().read(path, { task: 'atsa' });
    expect(read!.sentences.map(({ id, review }) => [id, review])).toEqual(
      dataset.test.map(({ id }) => [id, `r${Math.floor(Number(id.slice(1)) / 3)}`]),
    );
  });

  it('is not written again where ids say it, nor where the column is empty', async () => {
    const { rows } = await bring('a.csv', table.replaceAll(/^s(\d+),r(\d+)/gm, 'r$2:$1,r$2'));
    expect(rows.filter((row) => 'review_id' in row)).toEqual([]);
    const line = (at: number) =>
      JSON.stringify({
        id: `s${at}`,
        review_id: '',
        text: `A soup ${at}`,
        term: 'soup',
        polarity: 'positive',
      });
    const empty = await bring('a.jsonl', Array.from({ length: 30 }, (_, at) => line(at)).join('\n'));
    expect(empty.rows.filter((row) => 'review_id' in row)).toEqual([]);
  });

  it('keeps one sentence of two reviews apart', async () => {
    const twice = `${table}\n,r90,Great soup,soup,positive\n,r91,Great soup,soup,positive`;
    const { rows } = await bring('a.csv', twice);
    expect(rows.filter(({ sentence }) => sentence === 'Great soup')).toHaveLength(2);
  });

  it('of another type is refused with its place', async () => {
    const { folder } = await bring('a.csv', table);
    const path = join(folder, 'test.json');
    const rows = JSON.parse(await readFile(path, 'utf8')) as Row[];
    await writeFile(
      path,
      JSON.stringify(
        rows.map((row) => ({ ...row, review_id: ['r1'] })),
        null,
        1,
      ),
    );
    const refusal = await readDataset(folder).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(FsaError);
    expect(JSON.stringify(refusal)).toContain('review_id');
  });
});
