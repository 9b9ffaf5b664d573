/**
 * What `fsa teach` costs beside the teacher, each bar once:
 *   npx tsx bench/teach/main.ts [--answers 1000000] [--reviews 1000000] [--requests 20000]
 * Answers indexed at resume, memory while reviews are read, requests a second against a mock that answers at once.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { selectReviews } from '../../src/data/reviews/select.js';
import { teach } from '../../src/index.js';
import { hashBytes } from '../../src/storage/digest.js';
import { AnswerIndex } from '../../src/teacher/answers/answer-index.js';

const { values } = parseArgs({
  options: {
    answers: { type: 'string', default: '1000000' },
    reviews: { type: 'string', default: '1000000' },
    requests: { type: 'string', default: '20000' },
  },
});
const CONCURRENCY = 64;

const folder = await mkdtemp(join(tmpdir(), 'fsa-bench-teach-'));
try {
  // First, while this process holds nothing else.
  await readReviews(Number(values.reviews));
  await indexAnswers(Number(values.answers));
  await askMock(Number(values.requests));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function writeLines(path: string, count: number, lineOf: (row: number) => object): Promise<void> {
  const stream = createWriteStream(path);
  for (let row = 0; row < count; row += 1) {
    if (!stream.write(`${JSON.stringify(lineOf(row))}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
}

async function indexAnswers(count: number): Promise<void> {
  const path = join(folder, 'analysis-v0.ndjson');
  const usage = { inputTokens: 900, cachedInputTokens: 0, outputTokens: 60 };
  const said = {
    id: '1',
    finish: 'whole',
    model: 'm',
    requestId: null,
    usage,
    exact: true,
    ms: 1,
    reusedFrom: null,
  };
  await writeLines(path, count, (row) => ({
    type: 'answered',
    key: hashBytes(String(row)),
    attempt: 1,
    nanoUsd: 10,
    tokens: 960,
    ...said,
    text: 'Opinion Target 1: "soup"\nAspect: Taste\nSentiment: Negative\nReasoning: It says so.',
  }));
  const startedMs = performance.now();
  const index = new AnswerIndex();
  await index.readShard(path);
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(`${index.answers} answers indexed in ${seconds.toFixed(1)} s (bar: 1,000,000 in 30 s)`);
  await rm(path);
}

async function readReviews(count: number): Promise<void> {
  const path = join(folder, 'many.jsonl');
  await writeLines(path, count, (row) => ({
    ID: row,
    Text: `Dish ${row} was cold and slow to come.`,
    Overall: 1,
  }));
  let [rows, most] = [0, 0];
  const select = { benchmark: [], dropOverlaps: false, limit: null };
  for await (const _review of selectReviews([path], select)) {
    rows += 1;
    if (rows % 1000 === 0) most = Math.max(most, process.memoryUsage.rss());
  }
  console.log(`${rows} reviews read, at most ${Math.round(most / 1e6)} MB resident (bar: 300 MB)`);
  await rm(path);
}

/** The mock answers from a process of its own: the processor's seconds of this one are the client's share alone. */
async function askMock(count: number): Promise<void> {
  const mock = fork(fileURLToPath(new URL('./mock-server.mjs', import.meta.url)), { silent: true });
  const [first] = (await once(mock.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const path = join(folder, 'reviews.jsonl');
  await writeLines(path, count, (row) => ({ ID: row, Text: `Dish ${row} was cold.`, Overall: 1 }));
  const run = async (output: string, limit: number): Promise<unknown> =>
    await teach({
      cwd: folder,
      output,
      config: {
        eval: { datasets: [] },
        llm: { model: `http://127.0.0.1:${first.toString().trim()}/v1#m`, concurrency: CONCURRENCY },
        teach: { reviews: [path], kinds: ['rewrite'], limit },
      },
    });
  // Loading the code is no part of a request.
  await run('warm', 500);
  const before = process.cpuUsage();
  const startedMs = performance.now();
  await run('measured', count);
  const seconds = (performance.now() - startedMs) / 1000;
  const cpu = process.cpuUsage(before);
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  console.log(
    `${count} requests at concurrency ${CONCURRENCY}: ${Math.round(count / seconds)} a second, ${Math.round(count / cpuSeconds)} for each second of this process's processor (bar: 1,500)`,
  );
  mock.disconnect();
}
