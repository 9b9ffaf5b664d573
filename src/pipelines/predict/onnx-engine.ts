/** The engine without Python. */
import { requireOnnx } from '../../inference/onnx-folder.js';
import { InferenceThread } from '../../inference/session.js';
import { readLimits } from '../../runtime/limits.js';
import type { Student } from '../sources/student.js';
import { ROWS_TOGETHER, type Engine } from './engine.js';

/** @throws FsaError CONFIG where the folder is damaged, of another version, or a package is missing */
export async function openOnnxEngine({ folder }: Student, threads: number | null): Promise<Engine> {
  const { digest } = await requireOnnx(folder);
  const thread = await InferenceThread.open({ folder, threads: threads ?? readLimits().processors.value });
  return {
    backend: 'onnx',
    digest,
    generate: async (texts, { signal }) => await thread.generate(texts, { batchSize: ROWS_TOGETHER, signal }),
    close: async () => await thread.close(),
  };
}
