import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../../src/data/check/check.js';
import { expandCorpus, readCorpus } from '../../../src/data/corpus/corpus.js';
import type { Finding } from '../../../src/data/formats/findings.js';
import { prepareCorpus } from '../../../src/data/corpus/prepare.js';
import { detectKind } from '../../../src/data/check/detect-kind.js';
import { sortOutFile } from '../../../src/data/check/split-rows.js';
import { runtimePython } from '../../helpers/python.js';
import { collect, errorOf, jsonLines, makeFolder, review } from './folder.js';

const run = promisify(execFile);

/** Files as pyarrow writes them from `rows.json` in a folder. */
async function writeWithPython(folder: string, script: string): Promise<void> {
  const start = `
import json, pyarrow as pa, pyarrow.parquet as pq
text = open("rows.json", "rb").read()
rows = [json.loads(line) for line in text.splitlines()]
`;
  await run(await runtimePython(), ['-c', start + script], { cwd: folder });
}

const rows = Array.from({ length: 1000 }, (_, id) =>
  review(id, { Text: `Boat ${id} é ${'steady '.repeat(id % 40)}`, prompt: id % 3 === 0 ? 'Read: ' : null }),
);
const withRows = () => makeFolder({ 'rows.json': jsonLines(rows) });

describe('a corpus packed with zstd', () => {
  it.each([
    ['one frame', 'open("c.zst", "wb").write(pa.Codec("zstd").compress(text, asbytes=True))'],
    [
      'frames cut anywhere, one of them to be skipped',
      `packed = [pa.Codec("zstd").compress(part, asbytes=True) for part in (text[:777], text[777:])]
open("c.zst", "wb").write(packed[0] + b"\\x50\\x2a\\x4d\\x18\\x03\\x00\\x00\\x00abc" + packed[1])`,
    ],
  ])('is read as if it were not: %s', async (_, script) => {
    const folder = await withRows();
    await writeWithPython(folder, script);
    const [plain, packed] = await Promise.all(
      ['rows.json', 'c.zst'].map((name) => collect(readCorpus(join(folder, name)))),
    );
    expect(packed).toEqual(plain);
    expect(packed).toHaveLength(1000);
    expect(await detectKind(join(folder, 'c.zst'))).toEqual({ kind: 'corpus', list: false });
  });

  it('is refused when it is cut off, anywhere', async () => {
    const folder = await withRows();
    await writeWithPython(folder, 'open("c.zst", "wb").write(pa.Codec("zstd").compress(text, asbytes=True))');
    const whole = await readFile(join(folder, 'c.zst'));
    for (const length of [5, 40, Math.floor(whole.length / 2), whole.length - 1]) {
      await writeFile(join(folder, 'cut.zst'), whole.subarray(0, length));
      const { message, where } = await errorOf(collect(readCorpus(join(folder, 'cut.zst'))));
      expect([message, where]).toEqual(['The zstd file is cut off or damaged.', join(folder, 'cut.zst')]);
    }
  });
});

describe('a corpus in Parquet', () => {
  it.each(['snappy', 'zstd', 'gzip', 'brotli', 'lz4', 'none'])(
    'is read when packed with %s',
    async (codec) => {
      const folder = await withRows();
      await writeWithPython(
        folder,
        `pq.write_table(pa.Table.from_pylist(rows), "c.parquet", compression="${codec}", row_group_size=300)`,
      );
      const [plain, parquet] = await Promise.all(
        ['rows.json', 'c.parquet'].map((name) => collect(readCorpus(join(folder, name)))),
      );
      expect(parquet).toEqual(plain);
      expect(parquet?.at(-1)?.line).toBe(1000);
    },
  );

  it('is read slice by slice where a row group is large', async () => {
    const folder = await withRows();
    await writeWithPython(
      folder,
      `wide = [{**row, "Text": row["Text"] + "x" * 50_000 + str(row["ID"])} for row in rows]
pq.write_table(pa.Table.from_pylist(wide), "c.parquet", row_group_size=1000, use_dictionary=False)`,
    );
    let told = 0;
    let largest = 0;
    let read = 0;
    for await (const row of readCorpus(join(folder, 'c.parquet'), { onBytes: () => told++ })) {
      expect(row.text.endsWith(`x${row.id}`)).toBe(true);
      read++;
      largest = Math.max(largest, row.line);
    }
    expect([read, largest, told]).toEqual([1000, 1000, 3]);
  });

  it('tells bad rows by their number, and the good ones from them', async () => {
    const folder = await makeFolder({
      'rows.json': jsonLines([
        review(1),
        review(2, { Text: null }),
        review(3, { mixtral_response: ' ' }),
        review(4),
      ]),
    });
    await writeWithPython(
      folder,
      'pq.write_table(pa.Table.from_pylist(rows), "c.parquet", row_group_size=2)',
    );
    const file = join(folder, 'c.parquet');
    const problems = [
      `${file}:2 Text: Text should be a text, not null`,
      `${file}:3 mixtral_response: mixtral_response is empty`,
    ];
    expect((await errorOf(collect(readCorpus(file)))).problems).toEqual(problems);
    const findings: Finding[] = [];
    const checked = await checkFile(file, { onFinding: (finding) => findings.push(finding) });
    expect(checked).toMatchObject({ kind: 'corpus', rows: 4, passed: 2, errors: 2 });
    expect(findings.map((finding) => finding.line)).toEqual([2, 3]);
    const sorted = await sortOutFile(file, join(folder, 'fixed'), 'c.parquet', {
      onFinding: () => undefined,
    });
    expect(sorted.passedFile).toBe(join(folder, 'fixed', 'c.jsonl'));
    expect((await collect(readCorpus(join(folder, 'fixed', 'c.jsonl')))).map((row) => row.id)).toEqual([
      '1',
      '4',
    ]);
  });

  it('is refused when its bytes are damaged', async () => {
    const folder = await withRows();
    await writeWithPython(folder, 'pq.write_table(pa.Table.from_pylist(rows), "c.parquet")');
    const whole = await readFile(join(folder, 'c.parquet'));
    const torn = Buffer.from(whole);
    torn.fill(0xff, 200, 1200);
    await writeFile(join(folder, 'torn.parquet'), torn);
    await writeFile(join(folder, 'cut.parquet'), whole.subarray(0, whole.length - 9));
    await writeFile(join(folder, 'tiny.parquet'), 'PAR1');
    for (const name of ['torn', 'cut', 'tiny']) {
      const error = await errorOf(collect(readCorpus(join(folder, `${name}.parquet`))));
      expect([error.code, error.message]).toEqual([
        'DATA',
        expect.stringMatching(/^The Parquet file is cut off or damaged: /),
      ]);
    }
  });

  it('and zstd are found in folders, and prepared for training like lines', async () => {
    const folder = await withRows();
    await writeWithPython(
      folder,
      `import os
os.mkdir("c")
pq.write_table(pa.Table.from_pylist(rows), "c/b.parquet")
open("c/a.jsonl.zst", "wb").write(pa.Codec("zstd").compress(text, asbytes=True))`,
    );
    const files = await expandCorpus(['c'], folder);
    expect(files).toEqual([join(folder, 'c/a.jsonl.zst'), join(folder, 'c/b.parquet')]);
    const settings = { validation: [], validationShare: 0, seed: 1, cacheFolder: join(folder, 'cache') };
    const { train } = await prepareCorpus([join(folder, 'rows.json'), ...files], settings);
    expect(new Set(train.map((part) => part.sha256)).size).toBe(1);
    expect(train.map((part) => part.rows)).toEqual([1000, 1000, 1000]);
    expect((await readdir(join(folder, 'cache'))).filter((name) => name.endsWith('.arrow'))).toHaveLength(3);
  });
});
