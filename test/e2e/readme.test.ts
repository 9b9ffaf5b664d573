/**
 * README.md as a reader takes it. Every `fsa` line in it and in docs/ is one that the command line understands, and
 * what stands below a `$ fsa …` is what comes when it is run in a fresh folder. In a comment above a block of the README
 * stands what is different there: `not run: WHY`, or `figures vary` (times, and sums that processors round differently).
 */
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { parseCommandLine } from '../../src/cli/parse.js';
import { ROOT } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

/** The folder that the README's reader works in. */
const READERS_FOLDER = '/home/you/fsa';

interface Block {
  readonly place: string;
  /** The comment above it. */
  readonly mark: string | null;
  readonly body: string;
}

const BLOCK = /(?:<!-- (.+) -->\n)?^```\w*\n([\s\S]*?)^```$/gm;

async function readBlocks(file: string): Promise<Block[]> {
  const text = await readFile(join(ROOT, file), 'utf8');
  return [...text.matchAll(BLOCK)].map(({ index, 1: mark = null, 2: body = '' }) => ({
    place: `${file}:${text.slice(0, index).split('\n').length}`,
    mark,
    body,
  }));
}

/** The `fsa` lines of a block, as words; lines with "…" are no whole commands. */
const commandsIn = (body: string): string[][] =>
  [...body.matchAll(/^(?:\$ )?fsa (.+)$/gm)]
    .map(([, words = '']) => words)
    .filter((words) => !words.includes('…'))
    .map(splitWords);

/** Words as a shell takes them, up to a comment. */
const splitWords = (line: string): string[] =>
  [...line.replace(/\s#.*$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );

const pages = (await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md'));
const readme = await readBlocks('README.md');
const docs = await Promise.all(pages.map((name) => readBlocks(`docs/${name}`)));
const withCommands = [...readme, ...docs.flat()].filter(({ body }) => commandsIn(body).length > 0);
const shown = readme.filter(
  ({ mark, body }) => body.startsWith('$ fsa ') && mark?.startsWith('not run') !== true,
);

describe('a block of commands', () => {
  it.each(withCommands.map((block) => [block.place, block] as const))(
    '%s holds commands that are understood',
    async (_, { body }) => {
      for (const words of commandsIn(body))
        expect((await parseCommandLine(COMMANDS, words)).kind, words.join(' ')).toBe('run');
    },
  );

  it('of the README shows what comes, or says why it is not run', () => {
    const unsaid = readme.filter(
      ({ body, mark }) => /^(?:fsa|npm) /m.test(body) && mark?.startsWith('not run: ') !== true,
    );
    expect(unsaid.map(({ place }) => place)).toEqual([]);
    expect(shown.length).toBeGreaterThanOrEqual(6);
  });

  it.each(shown.map((block) => [block.place, block] as const))('%s shows what comes', async (_, block) => {
    const cwd = await readersFolder();
    const [command = '', ...lines] = block.body.trimEnd().split('\n');
    const output = await runAsShown(splitWords(command).slice(2), cwd);
    const fold = block.mark === 'figures vary' ? withoutFigures : (text: string): string => text;
    expect(fold(output.replaceAll(cwd, READERS_FOLDER).trimEnd())).toBe(fold(lines.join('\n')));
  });
});

/** A fresh folder with what a clone has and the README names. */
async function readersFolder(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of ['datasets/sample', 'models/sample', 'examples'])
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  return folder;
}

/** Both outputs in one, in the order in which a terminal would show them. */
async function runAsShown(words: readonly string[], cwd: string): Promise<string> {
  const program = [process.execPath, join(ROOT, 'bin/fsa.js'), ...words];
  const { stdout, exitCode } = await execa('sh', ['-c', '"$0" "$@" 2>&1', ...program], {
    cwd,
    reject: false,
  });
  expect(exitCode, stdout).toBe(0);
  return stdout;
}

/**
 * Numbers, columns that are as wide as they are, and what depends on the machine, the cache, the device, which epoch was
 * better or how predictions went wrong.
 */
function withoutFigures(text: string): string {
  return text
    .replace(/(To have these numbers again: command) [^]*?\n\n/, '$1 …\n\n')
    .replace(/^(- \w+, \w+: ).*wrong[^]*? malformed$/m, '$1…')
    .replaceAll(/\d[\d.,:]*(?: (?:s|min|h)\b)?/g, '#')
    .replace('rows found prepared', 'rows prepared')
    .replace(/worker on \S+/, 'worker on SLOT')
    .replaceAll(' (best so far)', '')
    .replaceAll(/ +/g, ' ')
    .replaceAll(/─+/g, '─');
}
