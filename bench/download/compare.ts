/**
 * fsa beside Python's huggingface_hub on one local server: 20 files of 1 MB, one file of 1 GB.
 *
 *   npm run build
 *   npx tsx bench/download/compare.ts --python PATH [--rounds 5] [--dist dist] [--folder /tmp] [--megabytes 1000]
 *
 * Three clocks: `fsa` (inside the library, listing to last rename), Python's `snapshot_download` (inside,
 * imports left out), and both as whole processes; for Python the process is the `hf download` command.
 * fsa checks the SHA-256 of every byte and syncs each file to the disk; Python's client does neither.
 * The sides take turns, and the one that begins changes with every round.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '5' },
    dist: { type: 'string', default: 'dist' },
    folder: { type: 'string', default: tmpdir() },
    megabytes: { type: 'string', default: '1000' },
  },
});
const dist = resolve(options.dist);
const here = import.meta.dirname;
const hf = join(dirname(options.python), 'hf');

/**
 * A virtual machine gives freed memory back to its host some seconds later and pays to get it again. Waiting lets
 * every run begin alike: else those that came soon enough took a second less for a gigabyte, whoever's they were.
 */
const SETTLE_MS = 4000;

type Side = 'fsa' | 'python';
interface Time {
  readonly inside: number;
  readonly whole: number;
}

const server = spawn(process.execPath, ['--import', 'tsx', join(here, 'server.ts'), options.megabytes], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [url] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${options.folder}`);
  for (const repo of ['bench/small', 'bench/large']) await compare(repo, url);
} finally {
  server.kill('SIGKILL');
}

async function compare(repo: string, url: string): Promise<void> {
  const times: Record<Side, Time[]> = { fsa: [], python: [] };
  const rounds = Number(options.rounds);
  // One round more, thrown away: the server takes its digests, the disk wakes up.
  for (let round = -1; round < rounds; round += 1) {
    const order: readonly Side[] = round % 2 === 0 ? ['fsa', 'python'] : ['python', 'fsa'];
    for (const side of order) {
      const time = await measure(side, repo, url);
      if (round >= 0) times[side].push(time);
    }
  }
  for (const clock of ['inside', 'whole'] as const) {
    const [ours, theirs] = [times.fsa.map((time) => time[clock]), times.python.map((time) => time[clock])];
    const ratios = ours.map((seconds, index) => (theirs[index] ?? NaN) / seconds);
    console.log(
      `${repo} ${clock}: fsa ${spread(ours, 's')}, Python ${spread(theirs, 's')}, speed ${spread(ratios, '×')}`,
    );
  }
}

async function measure(side: Side, repo: string, url: string): Promise<Time> {
  if (side === 'fsa') {
    const { inside, whole } = await run(process.execPath, [join(here, 'fsa-child.mjs'), dist, repo], url);
    return { inside: inside ?? NaN, whole };
  }
  const { inside } = await run(options.python, [join(here, 'hf_child.py'), repo], url);
  const { whole } = await run(hf, ['download', repo], url);
  return { inside: inside ?? NaN, whole };
}

/** Runs a command on a machine that has nothing yet; its last line may be its own time. */
async function run(
  command: string,
  args: readonly string[],
  url: string,
): Promise<{ inside: number | null; whole: number }> {
  const home = await mkdtemp(join(options.folder, 'fsa-bench-'));
  try {
    await setTimeout(SETTLE_MS);
    const start = performance.now();
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        HF_HOME: home,
        HF_ENDPOINT: url,
        FSA_CACHE: join(home, 'fsa'),
        HF_HUB_DISABLE_TELEMETRY: '1',
        HF_HUB_DISABLE_UPDATE_CHECK: '1',
        HF_HUB_DISABLE_PROGRESS_BARS: '1',
      },
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    const whole = (performance.now() - start) / 1000;
    if (code !== 0) throw new Error(`${command} ended with ${String(code)}: ${errors}`);
    const inside = Number(output.trim().split('\n').at(-1));
    return { inside: Number.isNaN(inside) ? null : inside, whole };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function spread(values: readonly number[], unit: string): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.round(share * (sorted.length - 1))] ?? NaN).toFixed(2);
  return `${at(0.5)} ${unit} (${at(0)}–${at(1)})`;
}
