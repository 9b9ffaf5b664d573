import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkData } from '../../../src/index.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

describe('a file that is neither benchmark nor corpus', () => {
  it.each([
    [
      'a.xml',
      '<sentences><sentence id="1"><text>a</text></sentence></sentences>',
      /has the form semeval14 .*`fsa data import/,
    ],
    ['b.xml', '<menu/>', /looks like XML, but has no <sentences>.*reads semeval14, .*jsonl/],
    ['d.jsonl', '{"text": "a", "tuples": [],},\n', /JSON lines, but the first is not valid JSON/],
    ['e.csv', 'PK\u0003\u0004\u0014\0\u0006\0', /a workbook \(\.xlsx, \.ods\).*Save the sheet as CSV/],
    ['f.jsonl', 'BZh91AY&SY', /packed with bzip2.*bzip2 -d/],
    ['g.txt', '%PDF-1.7\n1 0 obj\n', /is a PDF/],
    ['c.csv', 'text,label\nhello,good\n', /looks like a table.*text,label/],
  ])('%s is told what it looks like, and what reads it', async (name, text, words) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, name), text);
    const checked = await checkData({ paths: [join(folder, name)] });
    expect(JSON.stringify(checked).replaceAll('\\"', '"')).toMatch(words);
  });
});
