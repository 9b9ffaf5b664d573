/** The folder that `fsa export --format onnx` makes, checked before it is used. */
import { FsaError } from '../errors.js';
import { GRAPHS, TOKENIZER } from '../storage/model-files.js';
import { checkStudentFiles, readStudentFile, STUDENT_FILE, type StudentFile } from './student-file.js';

/** Of the graphs' inputs and outputs; an export of another one is refused. */
export const ONNX_VERSION = 2;

/** The files of an export besides fsa.json. */
export const ONNX_FILES = [...GRAPHS, TOKENIZER] as const;

export type OnnxStudent = StudentFile & { readonly onnx: NonNullable<StudentFile['onnx']> };

/**
 * The description of an exported student whose files are all there.
 * @throws FsaError CONFIG where the folder is no export, of another version, or damaged
 */
export async function requireOnnx(folder: string): Promise<OnnxStudent> {
  const student = await readStudentFile(folder);
  if (student?.onnx == null) {
    throw new FsaError(
      'CONFIG',
      `The folder holds no exported student: ${STUDENT_FILE} names no ONNX graphs.`,
      {
        where: folder,
        advice: 'Make one with `fsa export --model MODEL --format onnx --output FOLDER`.',
      },
    );
  }
  const { version } = student.onnx;
  if (version !== ONNX_VERSION) {
    throw new FsaError(
      'CONFIG',
      `The export is of version ${version}, and this fsa reads version ${ONNX_VERSION}.`,
      { where: folder, advice: 'Export the student again with this version of fsa.' },
    );
  }
  await checkStudentFiles(folder, student, false);
  return { ...student, onnx: student.onnx };
}
