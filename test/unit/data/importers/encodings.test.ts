/** The encoding of a file: what its bytes are comes before what is said of them, and what is doubtful is told. */
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkData } from '../../../../src/index.js';
import { importOne, inFolder } from './import-one.js';

const TEXT = 'Le café, la crème';
const TABLE = `text,term,polarity\n"${TEXT}",café,positive\n`;
const xml = (encoding: string): string =>
  `<?xml version="1.0" encoding="${encoding}"?>\n<sentences><sentence id="1"><text>${TEXT}</text><aspectTerms>` +
  '<aspectTerm term="café" polarity="positive" from="3" to="7"/></aspectTerms></sentence></sentences>';

const ASPECTS = [{ target: 'café', from: 3, to: 7, polarity: 'positive' }];
const READ_ANYWAY = /was read as utf-8, which it is from beginning to end, and not as /;

describe('a file that is UTF-8', () => {
  it.each(['windows-1252', 'iso-8859-15', 'gb18030', 'us-ascii'])(
    'is read so, though %s was named, and says so',
    async (encoding) => {
      for (const content of [TABLE, `\ufeff${TABLE}`]) {
        const { rows, result } = await importOne('a.csv', content, { task: 'atsa', encoding });
        expect(rows).toMatchObject([{ sentence: TEXT, aspects: ASPECTS }]);
        expect(result.warnings).toContainEqual(expect.stringMatching(READ_ANYWAY));
      }
    },
  );

  it.each(['ISO-8859-1', 'windows-1252', 'US-ASCII', 'UTF-16'])(
    'is read so, though it declares %s',
    async (encoding) => {
      const { rows, result } = await importOne('a.xml', xml(encoding), { task: 'atsa' });
      expect(rows).toMatchObject([{ sentence: TEXT, aspects: ASPECTS }]);
      const said = result.warnings.filter((warning) => READ_ANYWAY.test(warning));
      // A file that declares UTF-16 and can be read as it stands is no news.
      expect(said).toHaveLength(encoding === 'UTF-16' ? 0 : 1);
    },
  );

  it('is read as it says where nothing in it tells: letters of ASCII alone', async () => {
    const { result } = await importOne('a.csv', TABLE.replace(/[éè]/g, 'e'), { encoding: 'windows-1252' });
    expect(result.warnings.join()).toContain('was read as windows-1252');
    expect(result.warnings.join()).not.toMatch(READ_ANYWAY);
  });
});

it('reads what is in another encoding, packed or not, as it was told or as it declares', async () => {
  const bytes = Buffer.from(TABLE, 'latin1');
  for (const content of [bytes, gzipSync(bytes)]) {
    const { rows } = await importOne('a.csv', content, { task: 'atsa', encoding: 'windows-1252' });
    expect(rows).toMatchObject([{ sentence: TEXT, aspects: ASPECTS }]);
  }
  const declared = await importOne('a.xml', Buffer.from(xml('ISO-8859-1'), 'latin1'), { task: 'atsa' });
  expect(declared.rows).toMatchObject([{ sentence: TEXT, aspects: ASPECTS }]);
});

it.each(['a.csv', 'a.xml'])('reads UTF-16 without a mark (%s), and says how', async (name) => {
  const little = Buffer.from(name.endsWith('xml') ? xml('UTF-16') : TABLE, 'utf16le');
  for (const [content, encoding] of [
    [little, 'utf-16le'],
    [Buffer.from(little).swap16(), 'utf-16be'],
  ] as const) {
    const { rows, result } = await importOne(name, content, { task: 'atsa' });
    expect(rows).toMatchObject([{ sentence: TEXT, aspects: ASPECTS }]);
    expect(result.warnings.join()).toContain(`was read as ${encoding}`);
  }
});

describe('text that was encoded twice', () => {
  const again = (text: string): string => new TextDecoder('windows-1252').decode(Buffer.from(text));

  it('is told by an import, and by the check of benchmark and corpus files', async () => {
    const { result } = await importOne('a.csv', again(TABLE), { task: 'atsa' });
    expect(result.notes).toEqual({ 'twice-encoded': 1 });
    const benchmark = [{ ID: '1', sentence: again(TEXT), aspects: [] }];
    const corpus = {
      ID: '1',
      Text: again('Schön war’s 😀.'),
      Overall: 5,
      mixtral_response: again('Alles „gut“.'),
    };
    const files = { 'test.json': JSON.stringify(benchmark), 'corpus.json': `${JSON.stringify(corpus)}\n` };
    await inFolder(files, async (folder) => {
      const paths = Object.keys(files).map((name) => join(folder, name));
      const { findings } = await checkData({ paths, task: 'atsa' });
      const told = findings.filter(({ kind }) => kind === 'twice-encoded');
      expect(told.map(({ field }) => field)).toEqual(['Text', 'mixtral_response', 'sentence']);
      expect(told[2]?.message).toBe(
        `"${again('café')}," looks like "café," in UTF-8 that was read as windows-1252`,
      );
    });
  });

  it.each([
    'Das Café war schön.',
    'Viel Spaß“',
    'SÜSS» É»',
    'ÃO DE MEL',
    '10 °C – «très» bon',
    '日本語',
    'naïve Ã©té 😀',
  ])('is not what %j is', async (text) => {
    const { result } = await importOne('a.csv', `text,term,polarity\n${text} pan,pan,positive\n`, {
      task: 'atsa',
    });
    expect(result.notes).toEqual({});
  });
});
