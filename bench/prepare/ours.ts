/** One preparation by fsa in a process of its own, so that its peak memory is its own. Prints JSON. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { prepareCorpus } from '../../src/data/corpus/prepare.js';
import { runOneJob } from '../../src/pipelines/run/one-job.js';
import { hashTokenizerFiles } from '../../src/pipelines/sources/model.js';

const [folder = '', model = '', ...files] = process.argv.slice(2);
const began = performance.now();
const secondsSince = (startMs: number): number => (performance.now() - startMs) / 1000;
const { train, rows } = await prepareCorpus(files, {
  validation: [],
  validationShare: 0,
  seed: 1,
  cacheFolder: join(folder, 'pairs'),
});
const checkSeconds = secondsSince(began);

const worker = { pid: 0, peakBytes: 0, cpuSeconds: 0 };
/** The kernel's own high-water mark and clock ticks of a hundredth second; zero where there is no /proc. */
const look = async (): Promise<void> => {
  const of = async (name: string): Promise<string> =>
    await readFile(`/proc/${worker.pid}/${name}`, 'utf8').catch(() => '');
  const [status, stat] = await Promise.all([of('status'), of('stat')]);
  const peakKib = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  worker.peakBytes = Math.max(worker.peakBytes, 1024 * peakKib);
  const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number);
  worker.cpuSeconds = Math.max(worker.cpuSeconds, (user + system) / 100);
};
const watch = setInterval(() => void look(), 50);
const startedMs = performance.now();
const output = await runOneJob(
  {
    kind: 'prepare',
    placement: { device: 'cpu', threads: availableParallelism() },
    model,
    modelFiles: await hashTokenizerFiles(model),
    pairs: train,
    maxInputTokens: 128,
    maxTargetTokens: 400,
    newlineToken: true,
    cacheFolder: join(folder, 'tokens'),
  },
  {
    label: 'prepare',
    folder,
    emit: (event) => {
      if (event.type === 'worker-started') worker.pid = event.pid ?? -1;
    },
    signal: new AbortController().signal,
  },
);
clearInterval(watch);
const { user, system } = process.cpuUsage();
const result = {
  rows,
  checkSeconds,
  tokenSeconds: output.seconds,
  startSeconds: secondsSince(startedMs) - output.seconds,
  nodeBytes: process.resourceUsage().maxRSS * 1024,
  pythonBytes: worker.peakBytes,
  nodeCpuSeconds: (user + system) / 1e6,
  pythonCpuSeconds: worker.cpuSeconds,
};
console.log(JSON.stringify(result));
