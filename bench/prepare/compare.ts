/**
 * Preparation at scale, beside `datasets.load_dataset('json')` + `map` with as many processes as cores.
 *
 *   npx tsx bench/prepare/compare.ts [--rows 200000,...] [--full] [--model FOLDER] [--without-yardstick]
 *
 * Needs the runtime (`fsa setup`). The corpus is generated and deleted; `datasets` goes into an environment
 * of the benchmark's own in a temporary folder. Prints a table and one JSON line per size.
 */
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { readRuntime } from '../../src/runtime/locate.js';
import { generateCorpus } from './generate.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    full: { type: 'boolean', default: false },
    model: { type: 'string', default: resolve(import.meta.dirname, '../../models/sample') },
    'without-yardstick': { type: 'boolean', default: false },
  },
});

interface Ours {
  rows: number;
  checkSeconds: number;
  tokenSeconds: number;
  startSeconds: number;
  nodeBytes: number;
  pythonBytes: number;
}

const MIB = 2 ** 20;
const scratch = await mkdtemp(join(tmpdir(), 'fsa-bench-prepare-'));
try {
  const { python } = await readRuntime();
  const yardstick = values['without-yardstick'] ? null : await makeYardstick(python);
  const sizes = [...values.rows.split(',').map(Number), ...(values.full ? [2_000_000] : [])];
  for (const rows of sizes) await compare(rows, yardstick);
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function compare(rows: number, yardstick: string | null): Promise<void> {
  const folder = join(scratch, String(rows));
  await mkdir(folder);
  const files = await generateCorpus(folder, rows);
  let bytes = 0;
  for (const file of files) bytes += (await stat(file)).size;
  const ours = await measureOurs(join(folder, 'ours'), files);
  const again = await measureOurs(join(folder, 'ours'), files);
  const theirs = yardstick === null ? null : await measureTheirs(yardstick, join(folder, 'theirs'), files);
  await rm(folder, { recursive: true });
  const rate = (seconds: number): string => `${Math.round(rows / seconds).toLocaleString('en')} rows/s`;
  const total = ours.checkSeconds + ours.startSeconds + ours.tokenSeconds;
  console.log(
    `${rows.toLocaleString('en')} rows, ${Math.round(bytes / MIB)} MiB, ${availableParallelism()} cores`,
  );
  console.log(
    `  fsa: check and lay out   ${ours.checkSeconds.toFixed(1)} s  ${rate(ours.checkSeconds)}  peak ${Math.round(ours.nodeBytes / MIB)} MiB`,
  );
  console.log(`  fsa: start the worker    ${ours.startSeconds.toFixed(1)} s`);
  console.log(
    `  fsa: tokenise            ${ours.tokenSeconds.toFixed(1)} s  ${rate(ours.tokenSeconds)}  peak ${Math.round(ours.pythonBytes / MIB)} MiB`,
  );
  console.log(
    `  fsa: the second time     ${(again.checkSeconds + again.startSeconds + again.tokenSeconds).toFixed(1)} s`,
  );
  if (theirs !== null) {
    const { loadSeconds, mapSeconds } = theirs;
    console.log(`  datasets: load_dataset   ${loadSeconds.toFixed(1)} s  ${rate(loadSeconds)}`);
    console.log(`  datasets: map            ${mapSeconds.toFixed(1)} s  ${rate(mapSeconds)}`);
    console.log(
      `  whole: ${total.toFixed(1)} s against ${(loadSeconds + mapSeconds).toFixed(1)} s = ${((loadSeconds + mapSeconds) / total).toFixed(2)}x`,
    );
  }
  console.log(JSON.stringify({ rows, bytes, ours, again, theirs }));
}

async function measureOurs(folder: string, files: readonly string[]): Promise<Ours> {
  await mkdir(folder, { recursive: true });
  const script = join(import.meta.dirname, 'ours.ts');
  const { stdout } = await execa(process.execPath, [
    '--import',
    'tsx',
    script,
    folder,
    values.model,
    ...files,
  ]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Ours;
}

async function measureTheirs(
  python: string,
  cache: string,
  files: readonly string[],
): Promise<{ loadSeconds: number; mapSeconds: number }> {
  const script = join(import.meta.dirname, 'yardstick.py');
  const args = [script, cache, values.model, String(availableParallelism()), ...files];
  const env = {
    HF_HUB_OFFLINE: '1',
    HF_DATASETS_DISABLE_PROGRESS_BARS: '1',
    TOKENIZERS_PARALLELISM: 'false',
  };
  const { stdout } = await execa(python, args, { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { loadSeconds: number; mapSeconds: number };
}

/** An environment with `datasets` over the runtime's packages, so that both tokenise with the same library. */
async function makeYardstick(runtimePython: string): Promise<string> {
  const venv = join(scratch, 'venv');
  await execa(runtimePython, ['-m', 'venv', venv]);
  const python = join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const ask = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  const [below, own] = await Promise.all(
    [runtimePython, python].map(async (each) => (await execa(each, ['-c', ask])).stdout.trim()),
  );
  await writeFile(join(own ?? '', 'runtime.pth'), `${below ?? ''}\n`);
  await execa(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'datasets']);
  return python;
}
