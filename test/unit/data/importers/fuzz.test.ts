/**
 * Files with bytes left out, put in, repeated and cut: each ends in rows, or in a sentence that names file and
 * line. FSA_FUZZ_FILES says how many files of each format.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Rows of a mutated file, or the sentence that refuses it. */
async function readOrRefuse(file: string, format: FormatName): Promise<void> {
  try {
    const source = await openSource(file, null);
    const lineCount = source.head.split('\n').length + 1;
    for await (const batch of importerNamed(format).read(source, { columns: {}, delimiter: null })) {
      for (const found of batch) {
        expect(found.line).toBeGreaterThan(0);
        expect(found.line).toBeLessThanOrEqual(lineCount);
        if (isReject(found)) expect(found.reason).not.toBe('');
        else expect(found.text.trim()).not.toBe('');
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
