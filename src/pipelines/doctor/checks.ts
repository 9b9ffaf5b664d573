/** The single checks of `fsa doctor`: each returns what it found, or throws what is wrong and what to do. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { FsaError } from '../../errors.js';
import { INSTALL_PEERS, loadPeers, missingPeers, PEERS } from '../../inference/peers.js';
import { openRouter } from '../../rpc/router.js';
import { type Limit, MACHINE, readLimits } from '../../runtime/limits.js';
import type { PythonBridge } from '../../runtime/ask-python.js';
import { formatGib } from '../../runtime/disk-space.js';
import { freeBytesAt } from '../../storage/disk-room.js';
import { findKernels } from '../../runtime/kernels.js';
import { listGpus } from '../../runtime/gpus.js';
import { packageReportSchema } from '../../runtime/inspect.js';
import { LOCK_PATH, type Runtime } from '../../runtime/locate.js';
import { openWorkerHost } from '../../workers/host.js';

const OLDEST_NODE = [20, 19] as const;
/** Prepared data of a large corpus, and room for the next runtime. */
const ROOM_BYTES = 3 * 1024 ** 3;
const PROBE = 'fsa_runtime.environment.bridge_probe';

export function checkNode(version: string = process.versions.node): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  if (!isOld) return `${version} on ${process.platform} ${process.arch}`;
  throw new FsaError('RUNTIME', `Node ${version} is too old.`, {
    advice: `Install Node ${OLDEST_NODE.join('.')} or newer.`,
  });
}

/** Work on CPUs has two ways; either is in order. */
export async function checkKernels(runtime: Runtime): Promise<string> {
  const found = await findKernels(runtime);
  if (typeof found === 'string') return `torch alone: ${found}`;
  const work = found.level === 'avx2' ? 'generation' : 'generation and training in bf16';
  const origin = found.prebuilt ? 'prebuilt' : 'compiled here';
  return `C++ passes ${found.digest.slice(0, 16)}, ${origin}, for ${work} on the CPU (${found.level})`;
}

/** Opens the real socket: its CURVE keys, its gate and its port. */
export async function checkNodeZeromq(): Promise<string> {
  const ignore = (): void => undefined;
  const router = await openRouter({
    silentAfterSeconds: 10,
    onHeader: () => false,
    onMessage: ignore,
    onMalformed: ignore,
    onTooLarge: ignore,
    onRefused: ignore,
  });
  router.close();
  return 'has CURVE and a loopback port';
}

export async function checkDisk(folder: string): Promise<string> {
  const free = await freeBytesAt(folder);
  if (free >= ROOM_BYTES) return `${formatGib(free)} free for ${folder}`;
  throw new FsaError('STORAGE', `Only ${formatGib(free)} are free for ${folder}.`, {
    advice: `Free some space (${formatGib(ROOM_BYTES)} are wanted), or set FSA_CACHE to a folder on another disk.`,
  });
}

/** Every pin of the lock against what the interpreter itself sees. */
export async function checkPackages(bridge: PythonBridge): Promise<string> {
  const { checks } = await bridge.call(`${PROBE}:describe_packages`, [[LOCK_PATH]], packageReportSchema);
  const wrong = checks.filter(({ ok }) => !ok);
  if (wrong.length === 0) return `${checks.length} of ${checks.length} as the lock pins them`;
  const list = wrong.map(({ name, wanted, found }) => `${name} ${found ?? 'missing'} instead of ${wanted}`);
  throw new FsaError(
    'RUNTIME',
    `${wrong.length} of ${checks.length} differ from the lock: ${list.join(', ')}`,
    {
      advice: 'Run `fsa setup --force` to make the runtime again.',
    },
  );
}

/** Packages that are the user's own to install: without them all is well, but for what they bring. */
export async function checkPeers(): Promise<string> {
  const missing = missingPeers();
  if (missing.length > 0)
    return `${missing.join(' and ')} not installed, which only inference in Node needs: ${INSTALL_PEERS}`;
  await loadPeers();
  return Object.entries(PEERS)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

const zeromqSchema = z.object({ pyzmq: z.string(), libzmq: z.string(), curve: z.boolean() });

export async function checkPythonZeromq(bridge: PythonBridge): Promise<string> {
  const { pyzmq, libzmq, curve } = await bridge.call(`${PROBE}:check_zeromq`, [], zeromqSchema);
  if (curve) return `pyzmq ${pyzmq} with libzmq ${libzmq} has CURVE`;
  throw new FsaError('RUNTIME', `pyzmq ${pyzmq} was built without CURVE encryption.`, {
    advice: 'Run `fsa setup --force`; if it stays, see that pip takes the published wheel of pyzmq.',
  });
}

const torchSchema = z.object({
  version: z.string(),
  cudaBuild: z.string().nullable(),
  devices: z.array(z.object({ device: z.string(), fp32: z.boolean(), bf16: z.boolean() })),
  /** How many times as long a product takes on this CPU in bf16 as in fp32. */
  bf16Slowdown: z.number(),
});
/** From here on somebody who trains on this CPU should know it. */
const SLOW = 1.5;

export async function checkTorch(bridge: PythonBridge, precision: 'fp32' | 'bf16'): Promise<string> {
  const { version, cudaBuild, devices, bf16Slowdown } = await bridge.call(
    `${PROBE}:check_torch`,
    [],
    torchSchema,
  );
  const wrong = devices.filter((each) => !each[precision]).map(({ device }) => device);
  if (wrong.length === 0) {
    const exact = `exact on ${devices.map(({ device }) => device).join(', ')} (torch ${version})`;
    if (precision === 'fp32' || bf16Slowdown < SLOW) return exact;
    const times = bf16Slowdown.toFixed(bf16Slowdown < 10 ? 1 : 0);
    return `${exact}, but slow: products in bf16 take ${times} times as long here as in fp32, so set eval.precision and distill.precision to fp32 to train on this CPU`;
  }
  throw new FsaError('RUNTIME', `A matrix product in ${precision} comes out wrong on ${wrong.join(', ')}.`, {
    advice: `Check the driver against torch's build (CUDA ${cudaBuild ?? 'none'}); another build comes with \`fsa setup --force --torch-index-url URL\`.`,
  });
}

const devicesSchema = z.array(
  z.object({ name: z.string(), description: z.string(), memoryBytes: z.number(), freeBytes: z.number() }),
);

/** A GPU that the driver shows and torch does not is a wrong build of torch. */
export async function checkDevices(bridge: PythonBridge): Promise<string> {
  const devices = await bridge.call(`${PROBE}:describe_devices`, [], devicesSchema);
  const gpus = await listGpus();
  const seen = devices.filter(({ name }) => name !== 'cpu').length;
  if (seen < gpus.length) {
    throw new FsaError('RUNTIME', `The driver shows ${gpus.length} GPUs and torch sees ${seen}.`, {
      advice:
        'Install a build of torch that fits the driver: `fsa setup --force --torch-index-url URL`, with the address that PyTorch names for its CUDA.',
    });
  }
  return devices
    .map(({ name, description, memoryBytes, freeBytes }) => {
      const cores = name === 'cpu' ? `, ${describeLimits()}` : '';
      return `${name} (${description}${cores}): ${formatGib(freeBytes)} of ${formatGib(memoryBytes)} free`;
    })
    .join('; ');
}

/** A worker's whole life: launch, encrypted handshake, one job, end. */
export async function checkWorker(runtime: Runtime, signal?: AbortSignal): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fsa-doctor-'));
  const stop = signal === undefined ? {} : { signal };
  const host = await openWorkerHost({ python: runtime.python, emit: () => undefined, ...stop });
  try {
    const startedAt = performance.now();
    const slot = {
      name: 'doctor',
      device: 'cpu',
      visibleGpu: null,
      threads: readLimits().processors.value,
    } as const;
    const worker = await host.launch({ slot, logPath: join(folder, 'worker.log') });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const placement = { device: slot.device, threads: slot.threads };
    const { bf16Works, fp32GflopsPerSecond, bf16GflopsPerSecond } = await worker.run(
      { kind: 'probe', placement },
      { jobId: 'doctor', attempt: 1, ...stop },
    );
    const rates = `fp32 ${fp32GflopsPerSecond.toFixed(0)}, bf16 ${bf16Works ? bf16GflopsPerSecond.toFixed(0) : 'no'}`;
    return `ready in ${seconds} s over an encrypted socket; the CPU does ${rates} GFLOP/s`;
  } finally {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** `2 processors`, and what limits them and the memory where that is not the machine. */
function describeLimits(): string {
  const { processors, memoryBytes } = readLimits();
  const by = ({ from }: Limit): string => (from === MACHINE ? '' : ` (${from})`);
  const memory =
    memoryBytes.from === MACHINE ? '' : `, at most ${formatGib(memoryBytes.value)}${by(memoryBytes)}`;
  return `${processors.value} processors${by(processors)}${memory}`;
}
