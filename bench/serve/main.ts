/**
 * How a served student holds under load, how soon one without Python answers, and what a sentence costs beside the
 * Python runtime.
 *
 *     npm run build && npx tsx bench/serve/main.ts --export models/onnx [--student runs/use] [--soak-seconds 600]
 *     npm run build && npx tsx bench/serve/main.ts --t5-small [--turns 3]
 *
 * `--student` is what the export was made from; without it nothing is compared with the runtime. `--t5-small` compares
 * the two for a student of that shape, which it makes, and measures nothing else. Clients run on the same machine as
 * the server: the figures are lower bounds.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';
import { load, startServerChild, type Seen } from './load.js';
import { makeT5Small } from './t5-small.js';

const run = promisify(execFile);
const TEST = resolve(import.meta.dirname, '../../datasets/sample/benchmark/atsa/sample/test.json');
const CONNECTIONS = 200;
const predictedSchema = z.object({
  seconds: z.number(),
  answers: z.array(z.string()),
  tuples: z.array(z.array(z.unknown())),
});

const { values } = parseArgs({
  options: {
    export: { type: 'string' },
    student: { type: 'string' },
    seconds: { type: 'string', default: '15' },
    'soak-seconds': { type: 'string', default: '0' },
    sentences: { type: 'string', default: '96' },
    't5-small': { type: 'boolean', default: false },
    turns: { type: 'string', default: '1' },
  },
});
const texts = await readSentences(Number(values.sentences));
if (values['t5-small']) await compareT5Small();
else await measure();

async function measure(): Promise<void> {
  if (values.export === undefined) throw new Error('Name an export with --export FOLDER, or say --t5-small.');
  const exported = resolve(values.export);
  await measureHttpAlone(Number(values.seconds));
  await measureServing(exported, Number(values.seconds), 'load');
  if (Number(values['soak-seconds']) > 0)
    await measureServing(exported, Number(values['soak-seconds']), 'soak');
  await measureColdStart(exported);
  if (values.student !== undefined) await compareBackends(exported, resolve(values.student));
}

async function compareT5Small(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fsa-bench-serve-'));
  try {
    const { exported, student } = await makeT5Small(
      folder,
      resolve(import.meta.dirname, '../../models/sample'),
    );
    await compareBackends(exported, student);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readSentences(count: number): Promise<string[]> {
  const text = (await readFile(TEST, 'utf8')).replace(/^\uFEFF/, '');
  const rows = z.array(z.object({ sentence: z.string() })).parse(JSON.parse(text));
  return rows.slice(0, count).map(({ sentence }) => sentence);
}

async function measureHttpAlone(seconds: number): Promise<void> {
  const server = await startServerChild('fake', ['serve.maxWaitingTexts=1000', 'serve.maxBatchTexts=64']);
  const seen = await load(server.url, texts, null, { connections: CONNECTIONS, seconds });
  await server.end();
  say('HTTP alone, batches of 5 ms', seen, seen.requestsPerSecond >= 4000);
}

async function measureServing(exported: string, seconds: number, name: string): Promise<void> {
  const { tuples: expected } = await cpuOf(exported, 'onnx', 32);
  // Fewer places than clients: some are refused, as they should be.
  const server = await startServerChild(exported, ['serve.maxWaitingTexts=100', 'serve.drainSeconds=0']);
  const seen = await load(server.url, texts, expected, { connections: CONNECTIONS, seconds });
  const exitCode = await server.end();
  const { p99Ms = 0, maxMs = 0 } = server.vitals.at(-1) ?? {};
  const isMet = seen.wrong === 0 && seen.failed === 0 && p99Ms <= 50 && seen.healthP99Ms <= 50;
  say(`${name}, ${CONNECTIONS} connections, ${seconds} s`, seen, isMet);
  console.log(
    `  event loop delay p99 ${p99Ms.toFixed(1)} ms, max ${maxMs.toFixed(0)} ms; ended with ${exitCode}`,
  );
  const third = Math.floor(server.vitals.length / 3);
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  const least = (from: number): number =>
    Math.min(...server.vitals.slice(from, from + third).map(({ heapUsed }) => heapUsed));
  const most = (from: number): number =>
    Math.max(...server.vitals.slice(from, from + third).map(({ rss }) => rss));
  if (third > 0)
    console.log(
      `  thirds of the time: RSS at most ${[0, third, 2 * third].map((from) => mb(most(from))).join(', ')}; heap at least ${[0, third, 2 * third].map((from) => mb(least(from))).join(', ')}`,
    );
}

async function measureColdStart(exported: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fsa-bench-serve-'));
  const input = join(folder, 'one.txt');
  await writeFile(input, 'The food was great.\n');
  const bin = resolve(import.meta.dirname, '../../bin/fsa.js');
  const report = `process.on('exit', () => { const u = process.resourceUsage(); process._rawDebug(JSON.stringify({ cpu: (u.userCPUTime + u.systemCPUTime) / 1e6, mb: u.maxRSS / 1000 })); })`;
  const hook = `data:text/javascript,${encodeURIComponent(report)}`;
  const words = ['--import', hook, bin, 'predict', '--model', exported, '--input', input, '--quiet'];
  const all: { seconds: number; cpu: number; mb: number }[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const began = performance.now();
    const { stderr } = await run(process.execPath, words, { env: { ...process.env, PATH: '/nonexistent' } });
    const usage = z
      .object({ cpu: z.number(), mb: z.number() })
      .parse(JSON.parse(stderr.trim().split('\n').at(-1) ?? ''));
    all.push({ seconds: (performance.now() - began) / 1000, ...usage });
  }
  await rm(folder, { recursive: true, force: true });
  const [best] = all.sort((a, b) => a.seconds - b.seconds);
  const isMet = (best?.seconds ?? 9) <= 1.5 && Math.max(...all.map(({ mb }) => mb)) <= 300;
  console.log(
    `cold start of predict, one sentence, best of ${all.length}: ${best?.seconds.toFixed(2)} s, ${best?.cpu.toFixed(2)} CPU s, ${best?.mb.toFixed(0)} MB${verdict(isMet)}`,
  );
}

/** In turns: what slows the machine for a while slows both. */
async function compareBackends(exported: string, student: string): Promise<void> {
  for (let turn = 0; turn < 2 * Number(values.turns); turn += 1) {
    const together = turn % 2 === 0 ? 1 : 32;
    const [onnx, torch] = [await cpuOf(exported, 'onnx', together), await cpuOf(student, 'torch', together)];
    const differing = onnx.answers.filter((answer, at) => answer !== torch.answers[at]).length;
    const perSentence = [onnx, torch].map(
      ({ seconds }) => `${((1000 * seconds) / texts.length).toFixed(1)} CPU ms`,
    );
    console.log(
      `a sentence, ${together} together: ${perSentence.join(' against ')} in the runtime (${(torch.seconds / onnx.seconds).toFixed(2)}×), ${differing} of ${texts.length} answers differ${verdict(onnx.seconds <= torch.seconds && differing === 0)}`,
    );
  }
}

async function cpuOf(
  model: string,
  backend: string,
  together: number,
): Promise<z.infer<typeof predictedSchema>> {
  const words = [join(import.meta.dirname, 'predict-child.mjs'), model, backend, String(together)];
  const running = run(process.execPath, words, { maxBuffer: 2 ** 26 });
  running.child.stdin?.end(JSON.stringify(texts));
  const { stdout } = await running;
  return predictedSchema.parse(JSON.parse(stdout));
}

function say(what: string, seen: Seen, isMet: boolean): void {
  const { requestsPerSecond, right, wrong, busy, failed, p99Ms, healthP99Ms } = seen;
  console.log(
    `${what}: ${Math.round(requestsPerSecond)} requests/s, p99 ${p99Ms} ms; ${right} right, ${wrong} wrong, ${busy} refused (429), ${failed} failed; /health p99 ${healthP99Ms.toFixed(1)} ms${verdict(isMet)}`,
  );
}

function verdict(isMet: boolean): string {
  return isMet ? ' (goal met)' : ' (goal missed)';
}
