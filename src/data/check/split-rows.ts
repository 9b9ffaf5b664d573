/** `fsa data check --fix`: the rows that pass in one file, the rest with reasons in another. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FsaError } from '../../errors.js';
import { type CheckedFile, type CheckedRow, checkFile, type CheckOptions } from './check.js';
import { describeFinding } from '../formats/findings.js';
import { detectKind } from './detect-kind.js';
import { TextWriter } from '../formats/text-writer.js';

export interface SortedOut {
  readonly checked: CheckedFile;
  /** Null where no row passed, or none was kept out. */
  readonly passedFile: string | null;
  readonly rejectedFile: string | null;
}

/**
 * Checks a file and writes `OUT/<name>` and `OUT/<name>.rejected.jsonl`. Warnings keep no row out.
 * Benchmark rows are written as a JSON list, corpus rows as JSON lines.
 * @param name path of the new file below `folder`
 * @throws FsaError DATA where the new files exist already
 */
export async function sortOutFile(
  file: string,
  folder: string,
  name: string,
  options: Omit<CheckOptions, 'onRow'>,
): Promise<SortedOut> {
  const passedPath = join(folder, name.replace(/\.(gz|zst)$/, '').replace(/\.parquet$/, '.jsonl'));
  const rejectedPath = `${passedPath}.rejected.jsonl`;
  for (const path of [passedPath, rejectedPath]) {
    if (!existsSync(path)) continue;
    throw new FsaError('DATA', 'The file exists already and is not replaced.', {
      where: path,
      advice: 'Choose another folder for the corrected files, or move this one away.',
    });
  }
  const isList = await detectKind(file, options.signal).then(
    ({ kind }) => kind === 'benchmark',
    () => false,
  );
  const passed = new RowFile(await TextWriter.create(passedPath), isList);
  const rejected = new RowFile(await TextWriter.create(rejectedPath), false);
  try {
    const onRow = async (row: CheckedRow): Promise<void> => {
      if (row.passed) await passed.add(row.text ?? JSON.stringify(row.value));
      else await rejected.add(JSON.stringify(rejection(file, row)));
    };
    const checked = await checkFile(file, { ...options, onRow });
    return { checked, passedFile: await passed.finish(), rejectedFile: await rejected.finish() };
  } catch (error) {
    await Promise.all([passed.discard(), rejected.discard()]);
    throw error;
  }
}

function rejection(file: string, row: CheckedRow): unknown {
  const errors = row.findings.filter((finding) => finding.severity === 'error');
  return { file, line: row.line, reasons: errors.map(describeFinding), row: row.value };
}

/** Rows as a list or as lines; a file without rows is not left behind. */
class RowFile {
  #rows = 0;

  constructor(
    private readonly writer: TextWriter,
    private readonly isList: boolean,
  ) {}

  /** @param text JSON of one row, on one line where the file is one of lines */
  async add(text: string): Promise<void> {
    const before = this.isList ? (this.#rows === 0 ? '[\n' : ',\n') : '';
    this.#rows++;
    await this.writer.write(`${before}${text}${this.isList ? '' : '\n'}`);
  }

  async finish(): Promise<string | null> {
    if (this.#rows === 0) {
      await this.writer.discard();
      return null;
    }
    if (this.isList) await this.writer.write('\n]\n');
    await this.writer.finish();
    return this.writer.path;
  }

  async discard(): Promise<void> {
    await this.writer.discard();
  }
}
