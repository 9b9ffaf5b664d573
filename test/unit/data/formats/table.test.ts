import { Readable } from 'node:stream';
import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { readRecords, type TableOptions, type TableRecord } from '../../../../src/data/formats/table.js';

/** All records of a text that comes in pieces of so many bytes. */
async function read(
  text: string | Uint8Array,
  pieceBytes = 64 * 1024,
  options: Partial<TableOptions> = {},
): Promise<TableRecord[]> {
  const bytes = Buffer.from(text as string);
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, at) =>
    bytes.subarray(at * pieceBytes, (at + 1) * pieceBytes),
  );
  const found: TableRecord[] = [];
  for await (const records of readRecords(Readable.from(pieces), { name: 'reviews.csv', ...options }))
    found.push(...records);
  return found;
}

const cell = fc.string({
  unit: fc.constantFrom('a', 'é', '😀', '"', ',', ';', '\t', ' ', '\n'),
  maxLength: 6,
});

describe('records of a table', () => {
  it('are what was written, wherever the pieces are cut, each with its line', async () => {
    const table = fc.array(fc.tuple(cell, cell, cell), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 40 }),
        async (rows, delimiter, newline, pieceBytes) => {
          const all = [['id', 'text', 'stars'], ...rows];
          const records = await read(`\uFEFF${Papa.unparse(all, { delimiter, newline })}`, pieceBytes);
          expect(records.map(({ cells }) => cells)).toEqual(all);
          let line = 1;
          for (const record of records) {
            expect(record.line).toBe(line);
            line += record.cells.join('').split('\n').length;
          }
        },
      ),
    );
  });

  it('may end in CR alone, and have blank lines anywhere', async () => {
    for (const newline of ['\n', '\r\n', '\r']) {
      const text = ['', 'id;text', '', '7;"so', 'good"', '8;bad', ''].join(newline);
      const records = await read(text, 1);
      expect(records.map(({ line }) => line)).toEqual([2, 4, 6]);
      expect(records[1]?.cells).toEqual(['7', `so${newline}good`]);
    }
  });

  it('take the delimiter that is named', async () => {
    expect(await read('a;b,c\n1;2,3\n', 64, { delimiter: ',' })).toMatchObject([
      { cells: ['a;b', 'c'] },
      { cells: ['1;2', '3'] },
    ]);
  });

  it('name the line of a quote that is never closed', async () => {
    for (const pieceBytes of [1, 7, 1000]) {
      await expect(read('id,text\n1,good\n2,"bad\n3,fine\n4,fine\n', pieceBytes)).rejects.toMatchObject({
        code: 'DATA',
        where: 'reviews.csv:3',
      });
    }
    const endless = `id,text\n1,"${'so good\n'.repeat(600_000)}`;
    await expect(read(endless)).rejects.toMatchObject({ where: 'reviews.csv:2' });
  });

  it('name the line of bytes that are no UTF-8, and what to do', async () => {
    const latin = Buffer.from('id,text\n1,good\n2,caf\xe9 here\n', 'latin1');
    await expect(read(latin, 64, { encodingAdvice: 'Name it.' })).rejects.toMatchObject({
      where: 'reviews.csv:3',
      advice: 'Name it.',
    });
  });

  it('are none in an empty file', async () => {
    expect(await read('')).toEqual([]);
    expect(await read('\uFEFF\r\n\r\n')).toEqual([]);
  });
});
