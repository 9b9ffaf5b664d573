/** A zero byte far into a text file is refused with its line, as one among the first bytes is. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeUtf8 } from '../../../src/data/formats/bytes.js';
import { importData } from '../../../src/index.js';
import { openInput, readTexts } from '../../../src/pipelines/predict/read-texts.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const ROWS = 6000;
/** Beyond the first 256 KiB. */
const BAD = 5000;
const rows = (write: (text: string) => string): string =>
  Array.from({ length: ROWS }, (_, at) => {
    const zero = at + 1 === BAD ? '\0' : '';
    return write(`The soup number ${at} was nice and good to have again I think${zero}.`);
  }).join('');

async function written(name: string, text: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, text);
  return path;
}

const bring = async (path: string) =>
  await importData({ train: [path], task: 'atsa', dryRun: true, devShare: 0, testShare: 0 });

describe('a zero byte', () => {
  it('in a table, or in the text of a whole file, is told with its line', async () => {
    const path = await written('a.csv', `text,term,polarity\n${rows((text) => `${text},soup,positive\n`)}`);
    const refusal = {
      where: `${path}:${BAD + 1}`,
      message: 'Not a text file: a zero byte stands on the line.',
    };
    await expect(bring(path)).rejects.toMatchObject(refusal);
    expect(() => decodeUtf8(Buffer.from(rows((text) => `${text}\n`)), 'b')).toThrow('a zero byte');
  });

  it('in a file of lines costs its row', async () => {
    const path = await written(
      'a.txt',
      rows((text) => `${text}####[['soup', 'food quality', 'positive', 'nice']]\n`),
    );
    const { rejected, sentences } = await bring(path);
    expect(sentences).toBe(ROWS - 1);
    expect(rejected).toMatchObject([{ line: BAD, reason: 'a zero byte stands on the line' }]);
  });

  it('is told by predict, which would have taken it for a sentence', async () => {
    for (const [name, text] of [
      ['a.txt', rows((line) => `${line}\n`)],
      ['a.csv', `text\n${rows((line) => `${line}\n`)}`],
    ] as const) {
      const path = await written(name, text);
      const read = async (): Promise<void> => {
        const { signal } = new AbortController();
        const input = await openInput(path, process.stdin, { signal, onBytes: () => undefined });
        for await (const texts of readTexts(input)) expect(Array.isArray(texts)).toBe(true);
      };
      await expect(read()).rejects.toMatchObject({ where: `${path}:${name === 'a.csv' ? BAD + 1 : BAD}` });
    }
  });
});
