/** One preparation by fsa in a process of its own, so that its peak memory is its own. Prints JSON. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { prepareCorpus } from '../../src/data/prepare-corpus.js';
import { runOneJob } from '../../src/pipelines/one-job.js';

const [folder = '', model = '', ...files] = process.argv.slice(2);
let began = performance.now();
const { train, rows } = await prepareCorpus(files, {
  validation: [],
  validationShare: 0,
  seed: 1,
  cacheFolder: join(folder, 'pairs'),
});
const checkSeconds = (performance.now() - began) / 1000;

let pythonBytes = 0;
let pid = 0;
/** The kernel's own high-water mark; zero where there is no /proc. */
const look = async (): Promise<void> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  pythonBytes = Math.max(pythonBytes, 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
};
const watch = setInterval(() => void look(), 50);
began = performance.now();
const output = await runOneJob(
  {
    kind: 'prepare',
    placement: { device: 'cpu', threads: availableParallelism() },
    model,
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
      if (event.type === 'worker-started') pid = event.pid;
    },
    signal: new AbortController().signal,
  },
);
clearInterval(watch);
const tokenSeconds = output.seconds;
const startSeconds = (performance.now() - began) / 1000 - tokenSeconds;
const nodeBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ rows, checkSeconds, tokenSeconds, startSeconds, nodeBytes, pythonBytes }));
