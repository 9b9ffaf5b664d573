/** Whether Node decodes an export to the very tokens of the runtime. */
import { FsaError } from '../../errors.js';
import type { GeneratedRow } from '../../inference/decoder.js';
import { LoadedExport } from '../../inference/session.js';
import { ROWS_TOGETHER } from '../predict/engine.js';
import { CHECK_TEXTS } from './check-texts.js';

/** @throws FsaError CONFIG naming the first sentence that Node decodes to other tokens */
export async function compareWithNode(
  folder: string,
  expected: readonly GeneratedRow[],
  { threads, signal }: { readonly threads: number; readonly signal: AbortSignal },
): Promise<void> {
  const model = await LoadedExport.open({ folder, threads });
  try {
    for (const batchSize of [1, ROWS_TOGETHER]) {
      const rows = await model.generate(CHECK_TEXTS, { batchSize, signal });
      const at = expected.findIndex((row, index) => !isSame(row, rows[index]));
      if (at < 0) continue;
      throw new FsaError(
        'CONFIG',
        `The export decodes sentence ${at + 1} of the check to other tokens than the runtime; it was not finished.`,
        { advice: 'Please report it with the model; the student itself can be used with --backend torch.' },
      );
    }
  } finally {
    await model.close();
  }
}

function isSame(a: GeneratedRow, b: GeneratedRow | undefined): boolean {
  return (
    b !== undefined &&
    a.inputTokens === b.inputTokens &&
    a.cutInput === b.cutInput &&
    a.text === b.text &&
    a.tokens.length === b.tokens.length &&
    a.tokens.every((token, index) => token === b.tokens[index])
  );
}
