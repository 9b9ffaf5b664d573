/** dataset.json: what a dataset folder says of itself. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FsaError } from '../../errors.js';
import { lineAt } from '../formats/json-text.js';
import { findRepeatedKey, repeatedKeyWords } from '../formats/repeated-keys.js';
import { holdsSeparator } from '../../tasks/syntax.js';
import { POLARITIES, type TaskName, TASKS } from '../../tasks/vocabulary.js';

export const DECLARATION_FILE = 'dataset.json';

const label = z
  .string()
  .refine((text) => text !== '' && text === text.trim(), 'a label is a text without space around it')
  .refine((text) => !holdsSeparator(text), 'a label holds neither ";" nor "|"');

const declarationSchema = z.object({
  schema: z.literal(1),
  task: z.enum(TASKS),
  polarities: z
    .array(label)
    .min(1)
    .refine((labels) => new Set(labels).size === labels.length, 'a label stands there twice'),
});

export interface Declaration {
  /** Null where the folder says nothing. */
  readonly task: TaskName | null;
  /** The four usual labels where the folder declares none. */
  readonly polarities: readonly string[];
  /** SHA-256 by file name; empty where there is no such file. */
  readonly files: Readonly<Record<string, string>>;
}

/** @throws FsaError DATA where dataset.json is there and is not as documented */
export async function readDeclaration(folder: string): Promise<Declaration> {
  const path = join(folder, DECLARATION_FILE);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    return { task: null, polarities: POLARITIES, files: {} };
  }
  const text = bytes.toString('utf8');
  const value = parseOrUndefined(text);
  const repeated = value === undefined ? null : findRepeatedKey(text, value);
  if (repeated !== null) {
    throw new FsaError('DATA', `In dataset.json ${repeatedKeyWords(repeated)}.`, {
      where: `${path}:${lineAt(text, repeated.offset)}`,
      advice: 'Take one of them out.',
    });
  }
  const parsed = declarationSchema.safeParse(value);
  if (parsed.success) {
    const { task, polarities } = parsed.data;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { task, polarities, files: { [DECLARATION_FILE]: sha256 } };
  }
  throw new FsaError('DATA', 'dataset.json does not describe a dataset.', {
    where: path,
    problems: parsed.error.issues.map(({ path: at, message }) => `${at.join('.') || 'file'}: ${message}`),
    advice:
      'It holds {"schema": 1, "task": "asqp", "polarities": ["positive", …]}; without it the four usual labels hold.',
  });
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
