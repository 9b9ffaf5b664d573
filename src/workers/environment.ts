/** The environment of a worker: the one place that decides what a Python process of ours sees. */
import { inheritEnvironment } from '../config/environment.js';
import type { Admission } from '../rpc/router.js';
import type { Slot } from '../runtime/slot.js';

/**
 * What a worker inherits from us. A list of what may pass, so that tokens, keys and proxies with passwords
 * stay behind: a worker works offline on files and needs none of them.
 */
export const INHERITED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'CUDA_HOME',
  'CUDA_PATH',
  'CUDA_DEVICE_ORDER',
  'CUDA_CACHE_PATH',
  'TRITON_CACHE_DIR',
  'TORCHINDUCTOR_CACHE_DIR',
  'SYSTEMROOT',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'USERPROFILE',
  'LOCALAPPDATA',
  'APPDATA',
] as const;

/**
 * `python -m fsa_runtime`, but never from the working folder: what lies there is data, not code, whatever its
 * name. PYTHONSAFEPATH says so from Python 3.11 on (and to the worker's own children); 3.10 needs the first line.
 */
export const WORKER_PROGRAM = [
  '-c',
  "import sys; sys.path[:] = [path for path in sys.path if path]; import runpy; runpy.run_module('fsa_runtime', run_name='__main__')",
];

export interface Connection {
  readonly endpoint: string;
  readonly serverKey: string;
  readonly admission: Admission;
  /** A worker that hears nothing from us for this long ends itself. */
  readonly orphanAfterSeconds: number;
  /** A connection over which nothing comes for this long is given up for a new one. */
  readonly silentAfterSeconds: number;
}

/** @param runtimeFolder the folder that holds the `fsa_runtime` package */
export function workerEnvironment(
  slot: Slot,
  runtimeFolder: string,
  connection: Connection,
): Record<string, string> {
  const threads = String(slot.threads);
  return {
    ...inheritEnvironment(INHERITED),
    CUDA_VISIBLE_DEVICES: slot.visibleGpu ?? '',
    OMP_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
    // Threads that wait sleep: spinning ones take the core from the very thread they wait for as soon as
    // anything else runs on it, and a small model's step then took ten times as long and more. But they spin for
    // some microseconds first, as waking up costs as much: a fine-tuning step on free cores takes a quarter less.
    OMP_WAIT_POLICY: 'PASSIVE',
    GOMP_SPINCOUNT: '1000',
    OPENBLAS_NUM_THREADS: threads,
    RAYON_NUM_THREADS: threads,
    TOKENIZERS_PARALLELISM: 'false',
    HF_HUB_OFFLINE: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    TRANSFORMERS_OFFLINE: '1',
    FSA_RANK_GPUS: (slot.otherRanks ?? []).filter((gpu) => gpu !== null).join(','),
    FSA_KERNELS: slot.kernels?.folder ?? 'off',
    FSA_KERNELS_LEVEL: slot.kernels?.level ?? '',
    PYTHONPATH: runtimeFolder,
    PYTHONSAFEPATH: '1',
    PYTHONNOUSERSITE: '1',
    PYTHONHASHSEED: '0',
    PYTHONUNBUFFERED: '1',
    PYTHONFAULTHANDLER: '1',
    PYTHONUTF8: '1',
    FSA_WORKER_ENDPOINT: connection.endpoint,
    FSA_WORKER_IDENTITY: connection.admission.identity,
    FSA_WORKER_SERVER_KEY: connection.serverKey,
    FSA_WORKER_PUBLIC_KEY: connection.admission.publicKey,
    FSA_WORKER_SECRET_KEY: connection.admission.secretKey,
    FSA_WORKER_PARENT_PID: String(process.pid),
    FSA_WORKER_ORPHAN_AFTER_SECONDS: String(connection.orphanAfterSeconds),
    FSA_WORKER_SILENT_AFTER_SECONDS: String(connection.silentAfterSeconds),
    FSA_WORKER_GRACE_SECONDS: '',
    FSA_WORKER_REMOTE: '0',
    FSA_WORKER_FILES: '',
  };
}
