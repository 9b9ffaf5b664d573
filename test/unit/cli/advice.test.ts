/** Where a mistake on the command line sends its reader. */
import { expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/index.js';
import { parseCommandLine } from '../../../src/cli/parse.js';

it.each([
  [['data', 'dedupe', 'x', '--nope'], 'fsa data dedupe --help'],
  [['data', '--nope'], 'fsa data --help'],
  [['score', 'dedupe', '--nope'], 'fsa score --help'],
  [['nope'], 'fsa --help'],
  [['--nope', 'data'], 'fsa --help'],
])('%j is sent to the help that has its options', async (words, command) => {
  await expect(parseCommandLine(COMMANDS, words)).rejects.toMatchObject({
    code: 'USAGE',
    advice: `See \`${command}\`.`,
  });
});
