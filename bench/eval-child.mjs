/** One small eval through the built library, with a look at its main thread. Prints JSON. */
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { evaluate } from '../dist/index.js';

const [folder, model, dataset] = process.argv.slice(2);
const before = performance.eventLoopUtilization();
const began = performance.now();
let firstStep = null;
let ready = null;
const run = evaluate({
  preset: 'sample',
  config: { eval: { models: { student: model }, datasets: [dataset], seeds: [42], epochs: 4 } },
  output: join(folder, 'run'),
});
for await (const event of run) {
  if (event.type === 'worker-ready') ready ??= performance.now();
  if (event.type === 'job-progress' && event.phase === 'train' && event.done > 0)
    firstStep ??= performance.now();
}
await run;
const numbers = {
  firstStepSeconds: firstStep / 1000,
  workerReadySeconds: ready / 1000,
  wholeSeconds: (performance.now() - began) / 1000,
  busyShare: performance.eventLoopUtilization(before).utilization,
};
console.log(JSON.stringify(numbers));
