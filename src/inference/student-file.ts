/** `fsa.json` of a student's folder: what one must know to use it, and the bytes it consists of. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FsaError } from '../errors.js';
import { unsafeNameReason } from '../hub/api/safe-names.js';
import { graphFacts } from '../rpc/jobs/export.js';
import { STUDENT_FILE } from '../storage/model-files.js';
import { jsonOrNull } from '../storage/json-or-null.js';
import { writeJsonAtomic } from '../storage/atomic-write.js';
import { hashFile } from '../storage/digest.js';
import { readTextIfThere } from '../storage/read-text.js';

export { STUDENT_FILE };

export const PRECISIONS = ['fp32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

const count = z.int().min(0);
const score = z.object({
  f1: z.number().nullable(),
  precision: z.number().nullable(),
  recall: z.number().nullable(),
  sentences: count,
});

/** What weights of 8 bits cost: F1 of both over the same test sentences. */
const measured = z.object({
  /** `atsa/rest14`. */
  dataset: z.string(),
  sentences: count,
  /** Sentences with the very same text of the model. */
  same: count,
  fp32: score,
  int8: score,
});

export type MeasuredInt8 = z.infer<typeof measured>;

/** How an exported student's graphs are fed. */
const onnx = z.object({
  /** Changes whenever the names or meanings of inputs and outputs do. */
  version: z.int(),
  ...graphFacts,
  /** Of the weights. `int8` finds the scale of what comes in over a whole batch: texts are decoded one by one. */
  precision: z.enum(PRECISIONS).default('fp32'),
  measured: measured.nullable().default(null),
  /** Versions of what wrote the graphs. */
  madeBy: z.record(z.string(), z.string()),
});

export const studentFileSchema = z.object({
  schema: z.literal(1),
  task: z.string(),
  elements: z.array(z.string()),
  polarities: z.array(z.string()),
  /** SHA-256 over the files that decide what the model computes, in its Hugging Face form. */
  digest: z.string(),
  maxInputTokens: z.int().min(1),
  maxGeneratedTokens: z.int().min(1),
  /** What a line break in a text becomes before it is cut into tokens; null where it stays. */
  lineBreakToken: z.string().nullable(),
  /** A folder may come from anybody: no name in it leads out of it. */
  files: z.record(
    z.string().refine((name) => unsafeNameReason(name) === null),
    z.object({ bytes: count, sha256: z.string() }),
  ),
  /** What the student learned from: model, dataset, seed, epochs; null where nobody wrote it down. */
  trainedOn: z.record(z.string(), z.unknown()).nullable(),
  dev: z.object({ f1: z.number().nullable(), epoch: count }).nullable(),
  /** By subset. */
  test: z.record(z.string(), score).nullable(),
  onnx: onnx.nullable().default(null),
  /** Graphs that another library runs; null for a student that fsa runs itself. */
  layout: z.literal('transformers-js').nullable().default(null),
});

export type StudentFile = z.infer<typeof studentFileSchema>;

/**
 * The fsa.json of a folder; null where there is none.
 * @throws FsaError CONFIG where it is not what fsa wrote
 */
export async function readStudentFile(folder: string): Promise<StudentFile | null> {
  const path = join(folder, STUDENT_FILE);
  const text = await readTextIfThere(path);
  if (text === null) return null;
  const parsed = studentFileSchema.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path.join('.') ?? '';
  const what = place === '' ? 'it is cut, or no JSON object' : `${place} is wrong`;
  throw new FsaError('CONFIG', `${STUDENT_FILE} is not what fsa wrote: ${what}.`, {
    where: path,
    advice: 'Make the student again with `fsa finetune`, or export it again.',
  });
}

/** Writes fsa.json with the size and SHA-256 of each named file; the last thing that happens to a folder. */
export async function writeStudentFile(
  folder: string,
  names: readonly string[],
  rest: Omit<StudentFile, 'schema' | 'files'>,
): Promise<StudentFile> {
  const files: StudentFile['files'] = {};
  for (const name of names) {
    const path = join(folder, name);
    files[name] = { bytes: (await stat(path)).size, sha256: await hashFile(path) };
  }
  const file: StudentFile = { schema: 1, ...rest, files };
  await writeJsonAtomic(join(folder, STUDENT_FILE), file);
  return file;
}

/**
 * Holds each file of the folder against fsa.json.
 * @param deep reads every byte; otherwise sizes alone are compared
 * @throws FsaError CONFIG naming the first file that is gone or another
 */
export async function checkStudentFiles(
  folder: string,
  { files }: StudentFile,
  deep: boolean,
): Promise<void> {
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    const wrong =
      found === null
        ? 'is missing'
        : found.size !== bytes
          ? `has ${found.size} bytes instead of ${bytes}`
          : deep && (await hashFile(path)) !== sha256
            ? 'has other bytes than were written'
            : null;
    if (wrong === null) continue;
    throw new FsaError('CONFIG', `The model folder is damaged: ${name} ${wrong}.`, {
      where: path,
      advice: 'Copy the folder again from where it is whole, or make it again.',
    });
  }
}
