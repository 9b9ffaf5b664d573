/** Which GPUs this process may hand out to workers, found without starting Python. */
import { execa } from 'execa';
import { readEnvironment } from '../config/environment.js';

/**
 * Names for `CUDA_VISIBLE_DEVICES`, one per GPU; empty where there is no NVIDIA driver.
 * A `CUDA_VISIBLE_DEVICES` set by the user limits them.
 */
export async function listGpus(): Promise<string[]> {
  const { stdout, failed } = await execa('nvidia-smi', ['--query-gpu=index', '--format=csv,noheader'], {
    reject: false,
    timeout: 10_000,
    stdin: 'ignore',
  });
  if (failed) return [];
  const present = stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  const allowed = readEnvironment('CUDA_VISIBLE_DEVICES');
  return allowed === null
    ? present
    : allowed
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '');
}
