import { describe, expect, it } from 'vitest';
import { openInput, readTexts } from '../../../src/pipelines/predict/read-texts.js';

/** The sentences of standard input, which comes in these pieces. */
async function read(...pieces: readonly (string | Buffer)[]): Promise<string[]> {
  const stdin = (async function* () {
    for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece));
  })();
  const limits = { signal: new AbortController().signal, onBytes: () => undefined };
  const input = await openInput('-', stdin, limits);
  const found: string[] = [];
  for await (const texts of readTexts(input)) found.push(...texts.map(({ text }) => text));
  return found;
}

describe('the form of what no name tells of', () => {
  it('is JSON lines, however small the first piece is', async () => {
    const line = '{"text":"good"}\n';
    expect(await read(line)).toEqual(['good']);
    expect(await read('\n', ' ', line)).toEqual(['good']);
    expect(await read(Buffer.from([0xef]), Buffer.from([0xbb, 0xbf]), line)).toEqual(['good']);
    expect(await read(' '.repeat(100_000), line)).toEqual(['good']);
  });

  it('is a table where the first line names a column of sentences', async () => {
    expect(await read('id,text\n1,"good, cheap"\n')).toEqual(['good, cheap']);
    expect(await read('"ID";"Sentence"\r\n', '1;good\r\n')).toEqual(['good']);
    expect(await read('\uFEFFtext\tsta', 'rs\ngood\t5\n')).toEqual(['good']);
  });

  it('is text otherwise, in any pieces', async () => {
    expect(await read('good', '\nbad\n')).toEqual(['good', 'bad']);
    expect(await read('The text, in short, is good\nbad')).toEqual(['The text, in short, is good', 'bad']);
    expect(await read('[sic] good\n[5/5] bad\n')).toEqual(['[sic] good', '[5/5] bad']);
    expect(await read()).toEqual([]);
  });

  it.each(['[{"text":"good"}]', '[\n  {\n    "text": "good"\n  }\n]', '["good", "bad"]', '\uFEFF[\n]'])(
    'is refused where it is a JSON array: %j',
    async (text) => {
      await expect(read(text)).rejects.toMatchObject({ code: 'DATA', where: 'standard input' });
    },
  );

  it('is refused where it is UTF-16 or binary, as files are', async () => {
    await expect(read(Buffer.from('\uFEFFgood\n', 'utf16le'))).rejects.toThrow('UTF-16');
    await expect(read(Buffer.from('good\nbad\n', 'utf16le'))).rejects.toThrow('UTF-16 without a mark');
    await expect(read(Buffer.from('good\0\0bad\0\0\0', 'latin1'))).rejects.toThrow('binary');
  });

  it('is refused where all lines end in CR alone: they would be one sentence', async () => {
    await expect(read('good\rbad\r')).rejects.toMatchObject({ code: 'DATA' });
    expect(await read('good\r')).toEqual(['good']);
    expect(await read('good\r\nbad\r\n')).toEqual(['good', 'bad']);
  });
});
