import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { scriptOf, wordsOfPilotEnd } from '../../../src/workers/launchers/pilot-command.js';

const run = (words: readonly string[]) => spawnSync('sh', ['-c', scriptOf(words)], { encoding: 'utf8' });

describe('the script of a place', () => {
  it('becomes the pilot, each word as it is', () => {
    const words = ["it's", '$HOME `x` "y"', 'two\nlines', ''];
    const code = 'console.log(JSON.stringify(process.argv.slice(1)))';
    const { stdout, status } = run([process.execPath, '-e', code, ...words]);
    expect(JSON.parse(stdout)).toEqual(words);
    expect(status).toBe(0);
  });

  it('says in one sentence that there is no Python, with the code that the words of an end are known by', () => {
    const { stderr, status } = run(["/no/such/it's/python", '-I']);
    expect(stderr).toMatch(
      /^fsa pilot on \S+: the Python runtime is not at \/no\/such\/it's\/python\. .*\n$/,
    );
    expect(wordsOfPilotEnd(status ?? 0, 'n1')).toMatch(/^fsa pilot on n1: the Python runtime/);
    expect(wordsOfPilotEnd(1, 'n1')).toBe('');
  });
});
