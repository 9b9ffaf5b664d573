/**
 * Preparation at scale, beside `datasets.load_dataset('json')` + `map` with as many processes as cores.
 *
 *   npx tsx bench/prepare/compare.ts [--rows 20000,200000] [--rounds 3] [--model FOLDER]
 *     [--folder /tmp] [--yardstick PYTHON | --alone]
 *
 * Needs the runtime (`fsa setup`). The corpus is generated and deleted. `datasets` goes into an environment
 * of the benchmark's own over the runtime's packages, unless `--yardstick` names a Python that has it;
 * `--alone` measures fsa without it. The sides take turns, and the one that begins changes with every round.
 * CPU seconds are those of all processes of a side. Prints a table and a line of JSON per size.
 */
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { readRuntime } from '../../src/runtime/locate.js';
import { generateCorpus } from './generate.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '1' },
    model: { type: 'string', default: resolve(import.meta.dirname, '../../models/sample') },
    folder: { type: 'string', default: tmpdir() },
    yardstick: { type: 'string' },
    alone: { type: 'boolean', default: false },
  },
});

interface Ours {
  rows: number;
  checkSeconds: number;
  tokenSeconds: number;
  startSeconds: number;
  nodeBytes: number;
  pythonBytes: number;
  nodeCpuSeconds: number;
  pythonCpuSeconds: number;
}

interface Theirs {
  loadSeconds: number;
  mapSeconds: number;
  cpuSeconds: number;
}

const MIB = 2 ** 20;
const scratch = await mkdtemp(join(values.folder, 'fsa-bench-prepare-'));
try {
  const yardstick = values.alone
    ? null
    : (values.yardstick ?? (await makeYardstick((await readRuntime()).python)));
  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores`);
  for (const rows of values.rows.split(',').map(Number)) await compare(rows, yardstick);
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function compare(rows: number, yardstick: string | null): Promise<void> {
  const folder = join(scratch, String(rows));
  await mkdir(folder);
  const files = await generateCorpus(folder, rows);
  let bytes = 0;
  for (const file of files) bytes += (await stat(file)).size;
  console.log(`${rows.toLocaleString('en')} rows, ${Math.round(bytes / MIB)} MiB`);
  const ours: Ours[] = [];
  const again: Ours[] = [];
  const theirs: Theirs[] = [];
  const sides = {
    ours: async () => {
      const cache = join(folder, 'ours');
      ours.push(await measureOurs(cache, files));
      again.push(await measureOurs(cache, files));
      await rm(cache, { recursive: true });
    },
    theirs: async () => {
      if (yardstick === null) return;
      const cache = join(folder, 'theirs');
      theirs.push(await measureTheirs(yardstick, cache, files));
      await rm(cache, { recursive: true });
    },
  };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const side of round % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const)) {
      await sides[side]();
    }
  }
  await rm(folder, { recursive: true });
  printTable(rows, ours, again, theirs);
  console.log(JSON.stringify({ rows, bytes, ours, again, theirs }));
}

function wholeOfOurs(one: Ours): number {
  return one.checkSeconds + one.startSeconds + one.tokenSeconds;
}

function wholeOfTheirs(one: Theirs): number {
  return one.loadSeconds + one.mapSeconds;
}

function cpuOfOurs(one: Ours): number {
  return one.nodeCpuSeconds + one.pythonCpuSeconds;
}

function printTable(rows: number, ours: Ours[], again: Ours[], theirs: Theirs[]): void {
  const line = (label: string, seconds: number[], more = ''): void => {
    const rate = `${Math.round(rows / middle(seconds)).toLocaleString('en')} rows/s`;
    console.log(`  ${label.padEnd(26)} ${spread(seconds, 's').padEnd(24)} ${rate.padStart(15)}  ${more}`);
  };
  const of = <Item>(list: Item[], pick: (item: Item) => number): number[] => list.map(pick);
  const peak = (bytes: number[]): string => `peak ${Math.round(Math.max(...bytes) / MIB)} MiB`;
  line(
    'fsa: check and lay out',
    of(ours, (one) => one.checkSeconds),
    peak(of(ours, (one) => one.nodeBytes)),
  );
  line(
    'fsa: start the worker',
    of(ours, (one) => one.startSeconds),
  );
  line(
    'fsa: tokenise',
    of(ours, (one) => one.tokenSeconds),
    peak(of(ours, (one) => one.pythonBytes)),
  );
  line('fsa: whole', of(ours, wholeOfOurs), `CPU ${spread(of(ours, cpuOfOurs), 's')}`);
  line('fsa: the second time', of(again, wholeOfOurs), `CPU ${spread(of(again, cpuOfOurs), 's')}`);
  if (theirs.length === 0) return;
  line(
    'datasets: load_dataset',
    of(theirs, (one) => one.loadSeconds),
  );
  line(
    'datasets: map',
    of(theirs, (one) => one.mapSeconds),
  );
  line(
    'datasets: whole',
    of(theirs, wholeOfTheirs),
    `CPU ${spread(
      of(theirs, (one) => one.cpuSeconds),
      's',
    )}`,
  );
  const ratios = (a: (one: Theirs) => number, b: (one: Ours) => number): string =>
    spread(
      theirs.map((one, round) => a(one) / b(ours[round] as Ours)),
      '×',
    );
  const [wall, cpu] = [ratios(wholeOfTheirs, wholeOfOurs), ratios((one) => one.cpuSeconds, cpuOfOurs)];
  console.log(`  fsa is faster by ${wall} on the clock, ${cpu} in CPU seconds`);
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

async function measureTheirs(python: string, cache: string, files: readonly string[]): Promise<Theirs> {
  const script = join(import.meta.dirname, 'yardstick.py');
  const args = [script, cache, values.model, String(availableParallelism()), ...files];
  const env = {
    HF_HUB_OFFLINE: '1',
    HF_DATASETS_DISABLE_PROGRESS_BARS: '1',
    TOKENIZERS_PARALLELISM: 'false',
  };
  const { stdout } = await execa(python, args, { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Theirs;
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

function middle(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? NaN;
}

/** `3.1 s`, or the median with the least and the most. */
function spread(numbers: readonly number[], unit: string): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const all = numbers.length === 1 ? '' : ` (${least.toFixed(1)}–${most.toFixed(1)})`;
  return `${middle(numbers).toFixed(1)} ${unit}${all}`;
}
