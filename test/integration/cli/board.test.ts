/** The live board on a real pseudo-terminal, read back through xterm's own emulation of one. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import xterm from '@xterm/headless';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const [COLUMNS, ROWS] = [100, 30];
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
const fixture = (name: string): string => resolve(import.meta.dirname, '../../fixtures', name);
const node = (file: string): string => `${process.execPath} --import tsx ${file}`;

/** Everything a program writes to a pseudo-terminal that the shell command has set up. */
async function outputOn(program: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await execa('script', ['-qec', program, '/dev/null'], {
    env: { TERM: 'xterm-256color', SHELL: '/bin/sh', CI: undefined, ...env },
    stripFinalNewline: false,
    reject: false,
  });
  return stdout;
}

/** The lines on the screen and above it after a program's output. */
async function screenOf(output: string, columns = COLUMNS): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: columns, rows: ROWS, allowProposedApi: true });
  await new Promise<void>((done) => terminal.write(output, done));
  const { active } = terminal.buffer;
  return Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? '')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

const WHOLE_BOARD = [
  expect.stringMatching(/^✔ trial · 4 of 4 done/),
  '✔ cpu-1',
  '✔ cpu-2',
  'one: done in 1.0 s, F1 0',
  'two: done in 1.0 s, F1 1',
  'three: done in 1.0 s, F1 2',
  'four: done in 1.0 s, F1 3',
];

const cursorIsBack = (output: string): boolean =>
  output.lastIndexOf('\u001b[?25h') > output.lastIndexOf('\u001b[?25l');

describe.skipIf(!hasScript)('the board on a terminal', () => {
  it('leaves one line of the run, one of each worker and the news, and no torn ones', async () => {
    const output = await outputOn(
      `stty cols ${COLUMNS} rows ${ROWS}; exec ${node(fixture('show-board.ts'))}`,
    );
    expect(await screenOf(output)).toEqual(WHOLE_BOARD);
    // A worker starts when it was asked for, no sooner.
    expect(output.indexOf('cpu-2 · waiting')).toBeGreaterThan(-1);
    expect(output.indexOf('cpu-2 · starting')).toBeGreaterThan(output.indexOf('cpu-2 · waiting'));
    expect(cursorIsBack(output)).toBe(true);
  });

  it('takes a terminal of no size for one of 80 columns', async () => {
    const output = await outputOn(`stty cols 0 rows 0; exec ${node(fixture('show-board.ts'))}`);
    expect(await screenOf(output, 80)).toEqual(WHOLE_BOARD);
  });

  it('is drawn anew, without a torn line, when the terminal is made narrower', async () => {
    const resize = '(sleep 0.9; stty cols 24 < /dev/tty; kill -WINCH $PPID) &';
    const output = await outputOn(
      `stty cols ${COLUMNS} rows ${ROWS}; sh -c '${resize}' ; ${node(fixture('show-board.ts'))}`,
    );
    // Lines of the last drawing before the end fit the new width.
    const frames = output.split('\u001b[J');
    for (const line of (frames.at(-2) ?? '').split(/\r?\n/)) expect(line.length).toBeLessThan(24);
    expect((await screenOf(output)).slice(-WHOLE_BOARD.length)).toEqual(WHOLE_BOARD);
  });

  it('gives the cursor back and says a word when Ctrl-C is pressed twice', async () => {
    const output = await outputOn(
      `stty cols ${COLUMNS} rows ${ROWS}; exec ${node(fixture('interrupt-board.ts'))}`,
    );
    expect(output).toContain('SIGINT received: finishing the step');
    expect(output).toContain('SIGINT received again: ended at once');
    expect(cursorIsBack(output)).toBe(true);
  });

  it.each([{ CI: 'true' }, { TERM: 'dumb' }])('is plain lines with %j', async (env) => {
    const words = `${process.execPath} ${resolve(import.meta.dirname, '../../../bin/fsa.js')} download model --repo a/b --dry-run`;
    const output = await outputOn(`exec ${words}`, { ...env, HF_ENDPOINT: 'http://127.0.0.1:9' });
    expect(output).toContain('fsa: ');
    expect(output).not.toContain('\u001b');
  });
});
