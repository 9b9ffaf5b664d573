/** Which GPUs this process may hand out to workers, found without starting Python. */
import { readEnvironment } from '../config/environment.js';
import { askProgram } from './ask-program.js';

/**
 * Names for `CUDA_VISIBLE_DEVICES`, one per GPU; empty where there is no NVIDIA driver.
 * A `CUDA_VISIBLE_DEVICES` set by the user limits them.
 */
export async function listGpus(): Promise<string[]> {
  const present = await askDriver('index');
  if (present.length === 0) return [];
  const allowed = readEnvironment('CUDA_VISIBLE_DEVICES');
  return allowed === null
    ? present
    : allowed
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '');
}

/** The models of all GPUs of this machine, such as `NVIDIA H200`. */
export async function nameGpus(): Promise<string[]> {
  return await askDriver('name');
}

async function askDriver(field: 'index' | 'name'): Promise<string[]> {
  const told = await askProgram('nvidia-smi', [`--query-gpu=${field}`, '--format=csv,noheader']);
  return (told ?? '').split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}
