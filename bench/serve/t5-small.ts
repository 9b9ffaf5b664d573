/** A student of t5-small's shape and its export: what a sentence costs hangs on the shape, not on what was learnt. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exportModel } from '../../dist/index.js';
import { writeStudentFile } from '../../src/inference/student-file.js';
import { PY_RUNTIME_FOLDER, readRuntime } from '../../src/runtime/locate.js';
import { hashFolder } from '../../src/storage/digest.js';
import { decidesResults } from '../../src/storage/model-files.js';
import { POLARITIES } from '../../src/tasks/vocabulary.js';
import { PYTHON_FOLDER } from '../lib/folders.js';

/** Tokens of a usual answer. */
const ANSWER_TOKENS = 24;

/** @param tokenizer a folder whose tokenizer it takes */
export async function makeT5Small(
  folder: string,
  tokenizer: string,
): Promise<{ student: string; exported: string }> {
  const student = join(folder, 't5-small');
  const { python } = await readRuntime();
  await promisify(execFile)(python, [join(PYTHON_FOLDER, 'write_student.py'), student, tokenizer], {
    env: { ...process.env, PYTHONPATH: PY_RUNTIME_FOLDER },
  });
  await writeStudentFile(student, [], {
    task: 'atsa',
    elements: ['term', 'polarity'],
    polarities: [...POLARITIES],
    digest: await hashFolder(student, decidesResults),
    maxInputTokens: 512,
    maxGeneratedTokens: ANSWER_TOKENS,
    lineBreakToken: null,
    ...{ trainedOn: null, dev: null, test: null, onnx: null, layout: null },
  });
  const exported = join(folder, 't5-small-onnx');
  await exportModel({ model: student, format: 'onnx', output: exported });
  return { student, exported };
}
