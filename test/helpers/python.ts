/**
 * The Python interpreter that tests drive: the pinned runtime as `fsa setup` made it
 * (`npm test` makes it before any test runs).
 */
import { readRuntime } from '../../src/runtime/locate.js';

/** Path of the runtime's interpreter; throws with advice where there is no whole runtime. */
export async function runtimePython(): Promise<string> {
  return process.env['FSA_TEST_PYTHON'] ?? (await readRuntime()).python;
}
