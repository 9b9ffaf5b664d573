import { describe, expect, it } from 'vitest';
import { readTexts, type InputFormat } from '../../../src/pipelines/predict/read-texts.js';

async function read(format: InputFormat, text: string): Promise<unknown[]> {
  const pieces = (async function* () {
    yield await Promise.resolve(Buffer.from(text));
  })();
  const found = [];
  for await (const texts of readTexts({ name: 'in', format, pieces, bytes: null })) found.push(...texts);
  return found;
}

describe('the ids of sentences to predict', () => {
  it('are those of a table, wherever their column stands', async () => {
    expect(await read('csv', 'stars,ID,text\n5,r-1,good\n1,,bad\n')).toEqual([
      { text: 'good', line: 2, id: 'r-1' },
      { text: 'bad', line: 3 },
    ]);
    expect(await read('csv', 'text\ngood\n')).toEqual([{ text: 'good', line: 2 }]);
  });

  it('are those of objects, with all their digits', async () => {
    const lines = [
      '{"id":7,"text":"a"}',
      '{"sentence":"b","id":1267081518403440641}',
      '"c"',
      '{"text":"d","id":null}',
      '{"ID":"en_7","sentence":"e"}',
    ];
    expect(await read('jsonl', lines.join('\n'))).toEqual([
      { text: 'a', id: 7, line: 1 },
      { text: 'b', id: '1267081518403440641', line: 2 },
      { text: 'c', line: 3 },
      { text: 'd', line: 4 },
      { text: 'e', id: 'en_7', line: 5 },
    ]);
  });
});
