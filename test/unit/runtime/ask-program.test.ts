/** Short questions to other programs. */
import { describe, expect, it } from 'vitest';
import { askProgram } from '../../../src/runtime/ask-program.js';

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('askProgram', () => {
  it('gives what the program prints, as it came', async () => {
    expect(await askProgram(process.execPath, ['--print', '6 * 7'])).toBe('42\n');
  });

  it('gives null where the program fails', async () => {
    expect(await askProgram(process.execPath, ['--eval', 'process.exit(3)'])).toBeNull();
  });

  it('gives null where there is no such program, and keeps no process waiting for it', async () => {
    const before = timers();
    expect(await askProgram('fsa-no-such-program', [])).toBeNull();
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
