/** What larger public files hold now and then: white space of Python, line ends of two kinds, marks inside a text. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recogniseFormat } from '../../../../src/data/importers/registry.js';
import { type ImportedRow, isReject } from '../../../../src/data/importers/row.js';
import { openSource } from '../../../../src/data/importers/source.js';
import { temporaryFolder } from '../../../helpers/temp-folder.js';

async function read(text: string): Promise<{ format: string; rows: ImportedRow[]; reasons: string[] }> {
  const file = join(await temporaryFolder(), 'a.txt');
  await writeFile(file, text);
  const source = await openSource(file, null);
  const importer = recogniseFormat(source);
  const rows: ImportedRow[] = [];
  const reasons: string[] = [];
  for await (const batch of importer.read(source, { columns: {}, delimiter: null })) {
    for (const found of batch) {
      if (isReject(found)) reasons.push(`${found.line}: ${found.reason}`);
      else rows.push(found);
    }
  }
  return { format: importer.name, rows, reasons };
}

const termsOf = (rows: readonly ImportedRow[]) =>
  rows.map(({ text, tuples }) => [text, ...tuples.map(({ term }) => [term?.text, term?.from, term?.to])]);

describe('white space', () => {
  it('separates words as it does in Python: NEL and file separators do, U+FEFF does not', async () => {
    const { rows } = await read(
      "a\u0085b c\u001cd \ufeffe\u00a0f####[([1], [3], 'NEG'), ([4], [5], 'POS')]\n",
    );
    expect(termsOf(rows)).toEqual([['a\u0085b c\u001cd \ufeffe\u00a0f', ['b', 2, 3], ['\ufeffe', 8, 10]]]);
    expect(rows[0]?.tuples.map(({ opinion }) => opinion?.text)).toEqual(['d', 'f']);
  });

  it('may stand inside a token that a line names', async () => {
    const { rows, reasons } = await read('x\u00a0y B-ASP Positive\nz\u2028w O -100\n. O -100\n');
    expect(reasons).toEqual([]);
    expect(termsOf(rows)).toEqual([['x\u00a0y z\u2028w .', ['x\u00a0y', 0, 3]]]);
  });

  it('that JavaScript takes for a line end may stand inside a marked term', async () => {
    const { rows } = await read('The [B-ASP]soup\u2028bowl[E-ASP] was cold . $LABEL$ Negative\n');
    expect(termsOf(rows)).toEqual([['The soup\u2028bowl was cold .', ['soup\u2028bowl', 4, 13]]]);
  });
});

describe('U+FEFF', () => {
  it('at the start of a later line belongs to its text', async () => {
    const { rows } = await read(
      "The soup was cold####[('soup', 'food', 'negative')]\n\ufeffno soup####[('\ufeffno', 'food', 'negative')]\n",
    );
    expect(termsOf(rows)[1]).toEqual(['\ufeffno soup', ['\ufeffno', 0, 3]]);
  });

  it('is a byte-order mark where files of JSON lines were joined', async () => {
    const line = '{"text": "cold soup", "tuples": [{"term": "soup", "polarity": "negative"}]}\n';
    const { rows, reasons } = await read(`\ufeff${line}\ufeff${line.replace('cold', 'warm')}`);
    expect(reasons).toEqual([]);
    expect(rows.map(({ text }) => text)).toEqual(['cold soup', 'warm soup']);
  });
});

describe('tables whose lines end in two ways', () => {
  const header = 'text,term,polarity';
  const rows = [
    '"a ""big"" soup, cold\nindeed",soup,negative',
    'fine 5" wine,wine,positive',
    'warm bread,"bread",neutral',
  ];
  const wanted = [
    ['a "big" soup, cold\nindeed', ['soup', 8, 12]],
    ['fine 5" wine', ['wine', 8, 12]],
    ['warm bread', ['bread', 5, 10]],
  ];

  it.each([
    ['LF, then CRLF', ['\n', '\r\n', '\r\n', '\r\n']],
    ['CRLF, then LF', ['\r\n', '\n', '\n', '\n']],
    ['in turn', ['\n', '\r\n', '\n', '\r\n']],
    ['CRLF', ['\r\n', '\r\n', '\r\n', '\r\n']],
  ])('are read as if they ended in one: %s', async (_, ends) => {
    const text = [header, ...rows].map((row, at) => row + (ends[at] ?? '')).join('');
    const found = await read(text);
    expect(found.reasons).toEqual([]);
    expect(termsOf(found.rows)).toEqual(wanted);
    expect(found.rows.map(({ line }) => line)).toEqual([2, 4, 5]);
  });

  it('are read wherever a piece of the file ends', async () => {
    const many = Array.from(
      { length: 9000 },
      (_, at) => `soup ${at},soup,negative${at % 3 === 0 ? '\r\n' : '\n'}`,
    );
    const { rows: found, reasons } = await read(`${header}\r\n${many.join('')}`);
    expect(reasons).toEqual([]);
    expect(found.map(({ text }) => text)).toEqual(many.map((_, at) => `soup ${at}`));
    expect(found.at(-1)?.line).toBe(9001);
  });
});

it('a table whose first line has no end is refused before all of it is read', async () => {
  const row = '{""annotation_id"": 1, ""label"": []}, ';
  await expect(read(`"annotation_id",label,${row.repeat(300_000)}`)).rejects.toMatchObject({
    message: 'The first line, which should name the columns, has no end.',
  });
});

describe('recognition', () => {
  it('takes strings whose quotes nobody escaped, on every line', async () => {
    const { format, rows } = await read(
      "L'ambiance est top####[['L'ambiance', 'ambience general', 'positive']]\n",
    );
    expect(format).toBe('m-absa');
    expect(termsOf(rows)).toEqual([["L'ambiance est top", ["L'ambiance", 0, 10]]]);
  });

  it('goes by the first label that is one', async () => {
    const { format } = await read('$T$ was cold\nsoup\n-100\nThe $T$ was warm\nbread\nPositive\n');
    expect(format).toBe('apc');
  });

  it('does not take JSON for lines of tokens', async () => {
    const task = { id: 1, annotations: [{ result: [] }], data: { text: 'blood O negative' } };
    expect((await read(`${JSON.stringify([task])}\n`)).format).toBe('label-studio');
  });
});
