/** A venv with the real MLflow and TensorBoard: neither belongs to the runtime. */
import { resolve } from 'node:path';
import { toolsBin } from './tools-venv.js';

/** Folder with the venv's programs: `python`, `mlflow`. */
export async function trackersBin(): Promise<string> {
  return await toolsBin(resolve(import.meta.dirname, '../fixtures/trackers/requirements.txt'));
}
