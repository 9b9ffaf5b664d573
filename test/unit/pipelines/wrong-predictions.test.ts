import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WrongPredictions } from '../../../src/report/wrong-predictions.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const sentence = 'The café was cold but the view was lovely. 😀';
const wrong = { id: '1', sentence, gold: 'café | negative', text: 'café | positive', subsets: ['all'] };
const right = { ...wrong, id: '2', text: 'café|negative' };
const other = { ...wrong, id: '3', text: 'soup | negative ; café | negative' };

describe('the wrong lines of a predictions file', () => {
  it('are its wrong predictions in their order, whatever else stands there', async () => {
    const lines = [
      other,
      { ...wrong, id: 7 },
      { ...wrong, subsets: ['often'] },
      right,
      null,
      [],
      wrong,
      { ...wrong, more: 1 },
    ];
    const text = lines.map((line) => JSON.stringify(line));
    const mixed = [text[0], '', '  ', '{"id":"9', ...text.slice(1)];
    for (const end of ['\n', '\r\n']) {
      for (const last of ['', end]) {
        const path = await write(mixed.join(end) + last);
        const read = await new WrongPredictions().read(path, { task: 'atsa' });
        expect(read!.wrong).toEqual([other, wrong, wrong]);
        expect(read!.sentences.map(({ id }) => id)).toEqual(['3', '2', '1', '1']);
        expect(read!.sentences[0]!.counts).toMatchObject({ gold: 1, predicted: 1, correct: 1, malformed: 1 });
      }
    }
    expect((await new WrongPredictions().read(await write(''), { task: 'atsa' }))!.wrong).toEqual([]);
  });

  it('are one object for the cells that share a line, and judged by the task of the cell', async () => {
    const lines = new WrongPredictions();
    const outside = { ...wrong, gold: 'soup | negative ; café | negative', text: 'café | negative' };
    const path = await write([outside, wrong].map((line) => JSON.stringify(line)).join('\n'));
    const [first, second] = [
      (await lines.read(path, { task: 'atsa' }))!.wrong,
      (await lines.read(path, { task: 'atsa' }))!.wrong,
    ];
    // A term that the sentence does not hold is no pair of the gold; a category is one.
    expect(first).toEqual([wrong]);
    expect(second[0]).toBe(first[0]);
    expect((await lines.read(path, { task: 'acsa' }))!.wrong).toEqual([outside, wrong]);
    expect((await lines.read(path, { task: 'atsa' }))!.wrong).toEqual([wrong]);
  });

  it('are none to tell of where the file is missing; a path that cannot be read is an error', async () => {
    const folder = await temporaryFolder();
    expect(await new WrongPredictions().read(join(folder, 'predictions.jsonl'), { task: 'atsa' })).toBeNull();
    await expect(new WrongPredictions().read(folder, { task: 'atsa' })).rejects.toThrow('EISDIR');
  });
});

async function write(text: string): Promise<string> {
  const path = join(await temporaryFolder(), 'predictions.jsonl');
  await writeFile(path, text);
  return path;
}
