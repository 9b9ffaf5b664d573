/** Asks an interpreter which packages it has, next to what the locks want. */
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { FsaError } from '../errors.js';
import { PY_RUNTIME_FOLDER } from './locate.js';
import { jsonOrNull } from '../storage/json-or-null.js';

/** The answer of `fsa_runtime.environment.lock_check.describe`. */
export const packageReportSchema = z.object({
  pythonVersion: z.string(),
  packages: z.record(z.string(), z.string()),
  checks: z.array(
    z.object({ name: z.string(), wanted: z.string(), found: z.string().nullable(), ok: z.boolean() }),
  ),
});
export type PackageReport = z.infer<typeof packageReportSchema>;

/**
 * Runs lock_check.py in a process of its own.
 * @throws FsaError RUNTIME when the interpreter cannot answer
 */
export async function inspectPackages(
  python: string,
  lockPaths: readonly string[],
  signal?: AbortSignal,
): Promise<PackageReport> {
  const script = join(PY_RUNTIME_FOLDER, 'fsa_runtime', 'environment', 'lock_check.py');
  const result = await execa(python, ['-I', '-B', script, ...lockPaths], {
    reject: false,
    stdin: 'ignore',
    timeout: 120_000,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  if (result.isCanceled) throw new FsaError('CANCELLED', 'The check of the Python runtime was cancelled.');
  const parsed = packageReportSchema.safeParse(jsonOrNull(result.stdout));
  if (!result.failed && parsed.success) return parsed.data;
  throw new FsaError('RUNTIME', 'The Python runtime cannot say what is installed in it.', {
    where: python,
    problems: result.stderr
      .split('\n')
      .slice(-6)
      .filter((line) => line.trim() !== ''),
    advice: 'Run `fsa setup --force` to make it again.',
    cause: result,
  });
}
