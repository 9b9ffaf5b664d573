// The served student in a process of its own, which watches its event loop and its memory; one line of JSON a second.
//   node --import tsx server-child.mjs EXPORT SETTINGS    EXPORT `fake` answers every batch after 5 ms, without a model
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../../src/server/serve.ts';
import { startServer } from '../../src/server/server.ts';
import { loadConfig } from '../../src/config/load.ts';

const [model = '', ...sets] = process.argv.slice(2);
const quiet = { token: null, logLevel: 'silent' };
const server = model === 'fake' ? await serveFake() : await serveStudent();
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ url: server.url });
const timer = setInterval(() => {
  const { rss, heapUsed } = process.memoryUsage();
  say({ rss, heapUsed, p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6 });
}, 1000);
process.once('SIGTERM', () => {
  clearInterval(timer);
  void server.close();
});

async function serveStudent() {
  const load = { backend: 'onnx' };
  const options = { models: { student: model }, load, settings: { port: 0 }, sets, ...quiet };
  return await serve(options, new AbortController().signal);
}

async function serveFake() {
  const { config } = await loadConfig({ preset: 'paper', sets, overrides: { serve: { port: 0 } } });
  const answer = { tuples: [], malformed: 0, truncated: false, inputTokens: 1, outputTokens: 1 };
  const info = {
    task: 'atsa',
    elements: ['term', 'polarity'],
    polarities: ['positive'],
    digest: '0'.repeat(64),
    maxInputTokens: 128,
    maxGeneratedTokens: 100,
    backend: 'onnx',
    precision: 'fp32',
  };
  const predict = async (texts) => {
    await sleep(5);
    return texts.map(() => answer);
  };
  const fake = { info, predict, close: async () => undefined };
  return await startServer({ models: new Map([['fake', fake]]), settings: config.serve, ...quiet });
}
