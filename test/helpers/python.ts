/**
 * The Python interpreter that tests drive: the pinned runtime as `fsa setup` made it
 * (`npm test` makes it before any test runs).
 */
import { readRuntime } from '../../src/runtime/locate.js';

// Looked up at import: some tests point the cache elsewhere later on.
const interpreter: Promise<string> = (async () =>
  process.env['FSA_TEST_PYTHON'] ?? (await readRuntime()).python)();
interpreter.catch(() => undefined);

/** Path of the runtime's interpreter; throws with advice where there is no whole runtime. */
export async function runtimePython(): Promise<string> {
  return await interpreter;
}
