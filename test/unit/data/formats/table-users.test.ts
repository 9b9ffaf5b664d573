/** The readers of plain sentences and reviews that stand on the reader of tables. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readReviews } from '../../../../src/data/reviews/reviews.js';
import { readTexts } from '../../../../src/pipelines/predict/read-texts.js';
import { gather } from '../../../helpers/gather.js';
import { temporaryFolder } from '../../../helpers/temp-folder.js';

const TABLE = '\uFEFFid;Text;stars\r\n7;"so\r\n""good"";";5\r\n\r\n8;bad;1\r\n';

async function textsOf(table: string): Promise<unknown[]> {
  const pieces = Readable.from([Buffer.from(table.slice(0, 20)), Buffer.from(table.slice(20))]);
  const input = { name: 'in.csv', format: 'csv', pieces, bytes: null } as const;
  return (await gather(readTexts(input))).flat();
}

describe('a table of sentences', () => {
  it('gives each with its line', async () => {
    expect(await textsOf(TABLE)).toEqual([
      { text: 'so\r\n"good";', line: 2, id: '7' },
      { text: 'bad', line: 5, id: '8' },
    ]);
  });

  it('is refused without the column, or where a row ends before it', async () => {
    await expect(textsOf('id,words\n1,good\n')).rejects.toMatchObject({ where: 'in.csv:1' });
    await expect(textsOf('id,text\n1,good\n2\n')).rejects.toMatchObject({ where: 'in.csv:3' });
  });

  it('is refused where a row has more cells than the header: the sentence may be cut in two', async () => {
    await expect(textsOf('id,text\n1,good\n2,good food, nice\n')).rejects.toMatchObject({
      where: 'in.csv:3',
      message: 'The row has 3 cells where the header has 2.',
    });
    expect(await textsOf('id,text\n1,good,\n')).toEqual([{ text: 'good', line: 2, id: '1' }]);
  });

  it('gives no review where a row has more cells than the header', async () => {
    const path = join(await temporaryFolder(), 'reviews.csv');
    await writeFile(path, 'id,text,stars\n1,good food, but dear,3\n2,good,4,\n');
    expect(await gather(readReviews(path))).toMatchObject([
      { line: 2, reason: 'more cells than the header' },
      { text: 'good', stars: 4, line: 3 },
    ]);
  });
});

describe('columns that share a name', () => {
  it('are refused where sentences come from them', async () => {
    await expect(textsOf('text,Text\ngood,bad\n')).rejects.toMatchObject({
      where: 'in.csv:1',
      message: 'Two columns are called "text".',
    });
    expect(await textsOf('text,note,note\ngood,a,b\n')).toEqual([{ text: 'good', line: 2 }]);
  });

  it('are no matter in a table of reviews where the name is empty, as spreadsheets leave them', async () => {
    const path = join(await temporaryFolder(), 'reviews.csv');
    await writeFile(path, 'text,,\ngood,,\n');
    expect(await gather(readReviews(path))).toMatchObject([{ text: 'good', line: 2 }]);
  });
});

describe('a table of reviews', () => {
  it('gives each with its id, stars and line', async () => {
    const path = join(await temporaryFolder(), 'reviews.csv');
    await writeFile(path, TABLE);
    expect(await gather(readReviews(path))).toMatchObject([
      { id: '7', text: 'so\r\n"good";', stars: 5, line: 2 },
      { id: '8', text: 'bad', stars: 1, line: 5 },
    ]);
  });

  it('is refused where columns share a name, or a quote is never closed', async () => {
    const path = join(await temporaryFolder(), 'reviews.csv');
    await writeFile(path, 'text,text\na,b\n');
    await expect(gather(readReviews(path))).rejects.toMatchObject({ where: `${path}:1` });
    await writeFile(path, 'id,text\n1,good\n2,"bad\n3,fine\n');
    await expect(gather(readReviews(path))).rejects.toMatchObject({ where: `${path}:3` });
  });
});
