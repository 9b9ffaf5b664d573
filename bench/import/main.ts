/**
 * How fast `importData` reads a table and JSON lines, and whether its memory grows with them.
 *
 *     npm run build && npx tsx bench/import/main.ts [--rows 1000000]
 *
 * Each size runs in a process of its own, so that one does not warm up the other.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

/** What the issue of this feature asks for. */
const LEAST_ROWS_PER_SECOND = 100_000;
const POLARITIES = ['positive', 'neutral', 'negative'];

interface Row {
  readonly id: string;
  readonly text: string;
  readonly polarity: string;
}

const FORMS: Readonly<Record<string, { head: string; write: (row: Row) => string }>> = {
  csv: {
    head: 'id,text,term,polarity\n',
    write: ({ id, text, polarity }) => `${id},"${text}",food,${polarity}\n`,
  },
  jsonl: {
    head: '',
    write: ({ id, text, polarity }) =>
      `${JSON.stringify({ id, text, tuples: [{ term: 'food', polarity }] })}\n`,
  },
};

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const rows = Number(values.rows);
const folder = await mkdtemp(join(tmpdir(), 'fsa-bench-import-'));
try {
  for (const form of Object.keys(FORMS)) {
    for (const count of [Math.round(rows / 10), rows]) {
      const file = join(folder, `${count}.${form}`);
      await writeRows(file, form, count);
      const { seconds, cpuSeconds, peakBytes } = await importIn(folder, file);
      const perSecond = Math.round(count / seconds);
      const verdict =
        count < rows ? '' : perSecond >= LEAST_ROWS_PER_SECOND ? ' (goal met)' : ' (goal missed)';
      console.log(
        `${form} ${count} rows: ${perSecond} rows/s${verdict}, ${cpuSeconds.toFixed(1)} CPU seconds ` +
          `(${((1e6 * cpuSeconds) / count).toFixed(1)} µs a row), peak ${Math.round(peakBytes / 1e6)} MB`,
      );
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function writeRows(file: string, form: string, count: number): Promise<void> {
  const { head, write } = FORMS[form] ?? { head: '', write: () => '' };
  const stream = createWriteStream(file);
  stream.write(head);
  for (let n = 0; n < count; n++) {
    const text = `The food of table ${n} was great, and the service quick`;
    const row = { id: `r${n >> 2}:${n}`, text, polarity: POLARITIES[n % 3] ?? '' };
    if (!stream.write(write(row))) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
}

async function importIn(
  folder: string,
  file: string,
): Promise<{ seconds: number; cpuSeconds: number; peakBytes: number }> {
  const child = join(import.meta.dirname, 'child.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [child, file, join(folder, 'out')]);
  await rm(join(folder, 'out'), { recursive: true, force: true });
  return JSON.parse(stdout) as { seconds: number; cpuSeconds: number; peakBytes: number };
}
