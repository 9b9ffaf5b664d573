/** The engine without Python. */
import { requireOnnx } from '../../inference/onnx-folder.js';
import { checkStudentFiles } from '../../inference/student-file.js';
import { InferenceThread } from '../../inference/session.js';
import { readLimits } from '../../runtime/limits.js';
import type { Student } from '../sources/student.js';
import { ROWS_TOGETHER, type Engine } from './engine.js';

/** @throws FsaError CONFIG where the folder is damaged, of another version, or a package is missing */
export async function openOnnxEngine({ folder }: Student, threads: number | null): Promise<Engine> {
  const student = await requireOnnx(folder);
  const { digest } = student;
  const loading = InferenceThread.open({ folder, threads: threads ?? readLimits().processors.value });
  // While the thread loads: a file of the right size may still hold other bytes than the digest stands for.
  const [loaded, checked] = await Promise.allSettled([loading, checkStudentFiles(folder, student, true)]);
  if (checked.status === 'rejected') {
    if (loaded.status === 'fulfilled') await loaded.value.close();
    throw checked.reason;
  }
  if (loaded.status === 'rejected') throw loaded.reason;
  const thread = loaded.value;
  return {
    backend: 'onnx',
    digest,
    generate: async (texts, { signal }) => await thread.generate(texts, { batchSize: ROWS_TOGETHER, signal }),
    close: async () => await thread.close(),
  };
}
