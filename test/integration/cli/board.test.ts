/** The live board on a real pseudo-terminal, read back through xterm's own emulation of one. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import xterm from '@xterm/headless';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const [COLUMNS, ROWS] = [100, 30];
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

/** The lines on the screen and above it after a program has ended. */
async function screenOf(file: string): Promise<string[]> {
  const program = `stty cols ${COLUMNS} rows ${ROWS}; exec ${process.execPath} --import tsx ${file}`;
  const { stdout } = await execa('script', ['-qec', program, '/dev/null'], {
    env: { TERM: 'xterm-256color', SHELL: '/bin/sh', CI: undefined },
    stripFinalNewline: false,
  });
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  await new Promise<void>((done) => terminal.write(stdout, done));
  const { active } = terminal.buffer;
  return Array.from(
    { length: active.length },
    (_, row) => active.getLine(row)?.translateToString(true) ?? '',
  );
}

describe.skipIf(!hasScript)('the board on a terminal', () => {
  it('leaves one line of the run, one of each worker and the news, and no torn ones', async () => {
    const lines = (await screenOf(resolve(import.meta.dirname, '../../fixtures/show-board.ts')))
      .map((line) => line.trim())
      .filter((line) => line !== '');
    expect(lines).toEqual([
      expect.stringContaining('Ready'),
      expect.stringMatching(/^\S+ trial · 4 of 4 done/),
      expect.stringContaining('cpu-1'),
      expect.stringContaining('cpu-2'),
      expect.stringContaining('one: done in 1.0 s, F1 0'),
      expect.stringContaining('two: done in 1.0 s, F1 1'),
      expect.stringContaining('three: done in 1.0 s, F1 2'),
      expect.stringContaining('four: done in 1.0 s, F1 3'),
    ]);
  });
});
