/** The engine without Python. */
import { requireOnnx } from '../../inference/onnx-folder.js';
import { checkStudentFiles } from '../../inference/student-file.js';
import { LoadedExport } from '../../inference/session.js';
import { readLimits } from '../../runtime/limits.js';
import type { Student } from '../sources/student.js';
import { ROWS_TOGETHER, type Engine } from './engine.js';
import { shareEngine } from './shared-engines.js';

/** @throws FsaError CONFIG where the folder is damaged, of another version, or a package is missing */
export async function openOnnxEngine(
  { folder }: Student,
  asked: number | null,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  const student = await requireOnnx(folder);
  const { digest, files } = student;
  const threads = asked ?? readLimits().processors.value;
  const key = JSON.stringify(['onnx', folder, files, threads]);
  return await shareEngine({ key, signal }, async () => {
    const loading = LoadedExport.open({ folder, threads });
    // While the thread loads: a file of the right size may still hold other bytes than the digest stands for.
    const [opened, checked] = await Promise.allSettled([loading, checkStudentFiles(folder, student, true)]);
    if (checked.status === 'rejected') {
      if (opened.status === 'fulfilled') await opened.value.close();
      throw checked.reason;
    }
    if (opened.status === 'rejected') throw opened.reason;
    const loaded = opened.value;
    return {
      backend: 'onnx',
      digest,
      generate: async (texts, { signal: ending }) =>
        await loaded.generate(texts, { batchSize: ROWS_TOGETHER, signal: ending }),
      close: async () => await loaded.close(),
    };
  });
}
