/**
 * The C++ passes of `fsa_runtime/kernels`: as the package brings them, or compiled once per content next to the
 * runtime. Where they are missing (neither, another processor, FSA_KERNELS=off) torch does everything, and nothing
 * fails.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readEnvironment } from '../config/environment.js';
import type { Emit } from '../events.js';
import { jsonOrNull } from '../storage/json-or-null.js';
import { hashBytes } from '../storage/digest.js';
import { findForeignHand } from '../storage/foreign-hands.js';
import { PY_RUNTIME_FOLDER, type Runtime } from './locate.js';
import { cancelled } from './cancelled.js';
import { isThere } from '../storage/is-there.js';

export interface KernelLibrary {
  /** What workers are told: the library of today's sources lies there. */
  readonly folder: string;
  /** Of the sources; with the level, part of what a number that is computed on a CPU depends on. */
  readonly digest: string;
  readonly level: KernelLevel;
  /** It came with the package, and was not compiled here. */
  readonly prebuilt: boolean;
}

/** What the processor runs of them: everything, everything but matrix products, or generation alone. */
export type KernelLevel = 'amx' | 'avx512' | 'avx2';

const ROOM = join(PY_RUNTIME_FOLDER, 'fsa_runtime', 'kernels');
/** Filled by scripts/prebuild-kernels.mjs when the package is packed. */
const PREBUILT = join(ROOM, 'prebuilt');
const builtSchema = z.object({ path: z.string().nullable(), reason: z.string().nullable() });

/** Compiles them where they are not there yet; the step says how it went, and never fails a setup. */
export async function makeKernels(
  runtime: Runtime,
  { emit, signal }: { readonly emit: Emit; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  if (readEnvironment('FSA_KERNELS') === 'off') return;
  emit({ type: 'setup-step', step: 'kernels', state: 'started', detail: 'C++ passes for this CPU' });
  const { execa } = await import('execa');
  const result = await execa(runtime.python, ['-I', '-B', join(ROOM, 'build.py'), folderIn(runtime)], {
    reject: false,
    stdin: 'ignore',
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  if (result.isCanceled || signal?.aborted === true) throw cancelled();
  const built = builtSchema.safeParse(jsonOrNull(result.stdout));
  const said = result.stderr.trim().split('\n').at(-1) ?? '';
  const { path, reason } = built.success
    ? built.data
    : { path: null, reason: `the build failed: ${said === '' ? result.shortMessage : said}` };
  const found = path !== null && dirname(path) === PREBUILT ? 'prebuilt' : 'compiled';
  const detail = reason === null ? found : `torch alone: ${reason}`;
  emit({ type: 'setup-step', step: 'kernels', state: 'done', detail });
}

/** The library that workers on this machine load, or why they go without. */
export async function findKernels(runtime: Runtime): Promise<KernelLibrary | string> {
  if (readEnvironment('FSA_KERNELS') === 'off') return 'FSA_KERNELS is off';
  const level = await processorLevel();
  if (level === null) return 'this processor has no AVX2';
  const digest = await digestOfSource();
  const name = `fsa-kernels-${digest.slice(0, 16)}`;
  // Written by build.py where what the package brings cannot be loaded here, and nothing could be compiled.
  const unusable = await readFile(join(folderIn(runtime), `${name}.unusable`), 'utf8').catch(() => null);
  if (unusable !== null) return unusable;
  let reason = 'they are not compiled; `fsa setup` does it where there is a C++ compiler';
  // One that was compiled here, although the package brings another, was because that one does not load.
  for (const folder of [folderIn(runtime), PREBUILT]) {
    const path = join(folder, `${name}.so`);
    if (!(await isThere(path))) continue;
    const hand = await findForeignHand(path);
    if (hand === null) return { folder, digest, level, prebuilt: folder === PREBUILT };
    reason = `${hand.path}: ${hand.reason}`;
  }
  return reason;
}

function folderIn({ folder }: Runtime): string {
  return join(folder, 'kernels');
}

/** As build.py names its library: by everything in `source`, line endings apart. */
async function digestOfSource(): Promise<string> {
  const names = (await readdir(join(ROOM, 'source'))).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(ROOM, 'source', name), 'utf8')));
  return hashBytes(texts.map((text) => text.replaceAll('\r\n', '\n')).join('\0'));
}

/** As `processor_level` of library.py says it, which looks closer. */
async function processorLevel(): Promise<KernelLevel | null> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const flags = new Set(/^flags\s*:(.*)$/m.exec(text)?.[1]?.split(/\s+/));
  if (flags.has('avx512_bf16') && flags.has('vaes')) return flags.has('amx_bf16') ? 'amx' : 'avx512';
  return flags.has('avx2') && flags.has('fma') ? 'avx2' : null;
}
