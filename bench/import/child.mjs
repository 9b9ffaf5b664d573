// One import in a process of its own; prints what it took.
import { importData } from '../../dist/index.js';

const [file = '', output = ''] = process.argv.slice(2);
const began = performance.now();
await importData({ paths: [file], output, task: 'atsa' });
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const seconds = (performance.now() - began) / 1000;
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
process.stdout.write(JSON.stringify({ seconds, cpuSeconds, peakBytes: maxRSS * 1024 }));
