/**
 * Files with bytes left out, put in, repeated and cut: each ends in rows, or in a sentence that names file and
 * line, within two seconds of a processor and ten times the file in memory. FSA_FUZZ_FILES says how many files of
 * each format; without it slow machines have more time. Memory is measured with files of a size that the fixed part (a heap's room to breathe) does not decide.
 */
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFsaError } from '../../../../src/errors.js';
import type { FormatName } from '../../../../src/data/importers/importer.js';
import { importerNamed } from '../../../../src/data/importers/registry.js';
import { isReject } from '../../../../src/data/importers/row.js';
import { openSource } from '../../../../src/data/importers/source.js';
import { importData } from '../../../../src/index.js';
import { temporaryFolder } from '../../../helpers/temp-folder.js';
import { FORMS } from './forms.js';

const FILES = Number(process.env['FSA_FUZZ_FILES'] ?? 60);
/** One in so many is large. */
const LARGE_FILES = Math.ceil(FILES / 500);
const LARGE_BYTES = 8 * 1024 * 1024;
const CPU_SECONDS = process.env['FSA_FUZZ_FILES'] === undefined ? 10 : 2;
const MEMORY_TIMES = 10;

/** A change to bytes: where, how many go, what comes. */
const change = fc.record({
  at: fc.nat({ max: 1 << 16 }),
  cut: fc.oneof(
    { weight: 4, arbitrary: fc.nat({ max: 4 }) },
    { weight: 1, arbitrary: fc.nat({ max: 4000 }) },
  ),
  put: fc.oneof(
    fc.constantFrom(
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      '<',
      '>',
      '&',
      '####',
      '\t',
      '\n',
      '\r\n',
      '$T$',
      ',',
      '\\',
      '\0',
      '-1',
      '😍',
      '\u2028',
    ),
    fc.string({ maxLength: 6 }),
  ),
  raw: fc.option(fc.uint8Array({ maxLength: 3 }), { freq: 8 }),
});

function mutate(
  content: Buffer,
  changes: readonly { at: number; cut: number; put: string; raw: Uint8Array | null }[],
): Buffer {
  let bytes = content;
  for (const { at, cut, put, raw } of changes) {
    const place = at % (bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, place), raw ?? Buffer.from(put), bytes.subarray(place + cut)]);
  }
  return bytes;
}

/** The same rows again and again, so that lists and documents stay whole. */
function enlarge(content: string, times: number): string {
  const [, before, row, after] =
    /^(.*?)(<sentence[ >].*<\/sentence>)(.*)$/s.exec(content) ?? /^(\[)(.*)(\])$/s.exec(content) ?? [];
  if (row === undefined) {
    const end = content.endsWith('\n') ? '' : '\n';
    return (content + end + (content.includes(' O -100\n') ? '\n' : '')).repeat(times);
  }
  return `${before ?? ''}${Array.from({ length: times }, () => row).join(before === '[' ? ',' : '\n')}${after ?? ''}`;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Rows of a mutated file, or the sentence that refuses it. @param told after every batch of rows */
async function readOrRefuse(file: string, format: FormatName, told = (): void => undefined): Promise<void> {
  const before = cpuSeconds();
  await readAll(file, format, told);
  expect(cpuSeconds() - before).toBeLessThan(CPU_SECONDS);
}

async function readAll(file: string, format: FormatName, told: () => void): Promise<void> {
  try {
    const source = await openSource(file, null);
    const isWhole = (await stat(file)).size < 60_000;
    const lineCount = isWhole ? source.head.split('\n').length + 1 : Infinity;
    for await (const batch of importerNamed(format).read(source, { columns: {}, delimiter: null })) {
      told();
      for (const found of batch) {
        const isSaid = isReject(found) ? found.reason !== '' : found.text.trim() !== '';
        if (!isSaid || found.line < 1 || found.line > lineCount)
          expect.fail(JSON.stringify({ found, lineCount }));
      }
    }
  } catch (error) {
    if (!isFsaError(error)) throw error;
    expect(error.code).toMatch(/^(?:DATA|USAGE)$/);
    expect(error.where).toContain(file);
  }
}

describe('mutated files', () => {
  it.each(FORMS)('of form %#: %s, %s', { timeout: 0 }, async (name, format, content) => {
    const folder = await temporaryFolder();
    const file = join(folder, name);
    const many = Buffer.from(content.endsWith('\n') ? content.repeat(3) : content);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        await writeFile(file, mutate(many, changes));
        await readOrRefuse(file, format);
      }),
      { numRuns: FILES },
    );
  });

  it.each(FORMS)('that are large, of form %#: %s, %s', { timeout: 0 }, async (name, format, content) => {
    const folder = await temporaryFolder();
    const file = join(folder, name);
    const large = Buffer.from(enlarge(content, Math.ceil(LARGE_BYTES / content.length)));
    const farChange = change.map((one) => ({ ...one, at: one.at * 131 }));
    await fc.assert(
      fc.asyncProperty(fc.array(farChange, { maxLength: 4 }), async (changes) => {
        const bytes = mutate(large, changes);
        await writeFile(file, bytes);
        collectGarbage();
        const before = process.memoryUsage.rss();
        let most = before;
        await readOrRefuse(file, format, () => (most = Math.max(most, process.memoryUsage.rss())));
        expect(most - before).toBeLessThanOrEqual(MEMORY_TIMES * bytes.length);
      }),
      { numRuns: LARGE_FILES },
    );
  });

  it('of any form are recognised or refused by the whole command', { timeout: 0 }, async () => {
    const folder = await temporaryFolder();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FORMS),
        fc.array(change, { maxLength: 3 }),
        async ([name, , content], changes) => {
          await writeFile(join(folder, name), mutate(Buffer.from(content), changes));
          const importing = importData({ paths: [name], dryRun: true, cwd: folder });
          await importing.catch((error: unknown) => {
            if (!isFsaError(error) || error.code === 'BUG') throw error;
            expect(error.where ?? '').toContain(folder);
          });
        },
      ),
      { numRuns: FILES },
    );
  });
});
