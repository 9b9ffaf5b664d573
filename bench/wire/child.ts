/**
 * What the words of a cell cost both ends of the wire, in a process of its own, by the code of one tree. Prints JSON.
 *
 *   node --import tsx bench/wire/child.ts TREE PYTHON CELLS
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { openWorkerHost } from '../../src/workers/host.js';
import type { Worker } from '../../src/workers/worker.js';
import { ROOT } from '../lib/folders.js';

const [tree = ROOT, python = '', count = '40'] = process.argv.slice(2);
const WARM_UP = 10;
const TICKS_PER_SECOND = 100;
const SLOT = { name: 'cpu', device: 'cpu', visibleGpu: null, threads: 1 } as const;
/** The specifications of earlier trees have fewer fields. */
const FIELD_SETS = [
  { modelFiles: [{ name: 'config.json', sha256: 'c'.repeat(64) }], lastRecordedStep: 0, modelFolder: null },
  {},
];

const { openWorkerHost: open } = (await import(join(tree, 'src/workers/host.ts'))) as {
  openWorkerHost: typeof openWorkerHost;
};

function specOf(fields: object): Parameters<Worker['run']>[0] {
  const pairs = { path: '/nowhere', sha256: 'b'.repeat(64), rows: 1 };
  const rates = { learningRate: 1, finalLearningRate: 0, warmupSteps: 0, weightDecay: 0, clip: 1 };
  const spec = {
    ...{ kind: 'finetune', placement: { device: 'cpu', threads: 1 }, precision: 'fp32', seed: 1, epochs: 20 },
    ...{ model: '/nowhere', modelDigest: 'a'.repeat(64), train: pairs, dev: pairs, test: pairs },
    ...{ maxInputTokens: 1, maxTargetTokens: 1, maxGeneratedTokens: 1, generationBatchSize: 1 },
    optimizer: { batchSize: 1, accumulation: 1, ...rates },
    ...{ checkpointEveryMinutes: 1, checkpointFolder: '/nowhere' },
    ...fields,
  };
  return spec as never;
}

/** Of the processor, so far. */
function secondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function run(worker: Worker, fields: object): Promise<void> {
  const settings = { jobId: 'cell', attempt: 1, onProgress: () => undefined, onMetrics: () => undefined };
  const more = {
    onSaved: () => undefined,
    onGenerated: (epoch: number) => ({ best: epoch < 9, stop: false }),
  };
  await worker.run(specOf(fields), { ...settings, ...more });
}

/** The fields that this tree knows. */
async function findFields(worker: Worker): Promise<object> {
  for (const fields of FIELD_SETS) {
    const known = await run(worker, fields).then(
      () => true,
      () => false,
    );
    if (known) return fields;
  }
  throw new Error(`${tree} knows none of the specifications of a cell that this script knows.`);
}

const folder = await mkdtemp(join(tmpdir(), 'fsa-bench-wire-'));
const host = await open({ python, emit: () => undefined, program: [join(ROOT, 'bench/wire/peer.py')] });
try {
  const worker = await host.launch({ slot: SLOT, logPath: join(folder, 'worker.log') });
  const fields = await findFields(worker);
  for (let cell = 0; cell < WARM_UP; cell += 1) await run(worker, fields);
  const pid = worker.pid ?? 0;
  const [ours, theirs] = [process.cpuUsage(), secondsOf(pid)];
  for (let cell = 0; cell < Number(count); cell += 1) await run(worker, fields);
  const { user, system } = process.cpuUsage(ours);
  const cells = Number(count);
  const milliseconds = {
    node: (user + system) / 1000 / cells,
    python: (1000 * (secondsOf(pid) - theirs)) / cells,
  };
  console.log(JSON.stringify(milliseconds));
} finally {
  await host.close();
  await rm(folder, { recursive: true, force: true });
}
