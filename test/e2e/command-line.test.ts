import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fsa, parseLines } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

describe('the command line', () => {
  it.each([
    [['evil'], "Unknown command 'evil'."],
    [['eval', '--sede', '1'], "Unknown option '--sede'."],
    [['teach', '--api-key=sk-proj-0123456789'], "Unknown option '--api-key'."],
    [['eval', '--parallel', 'zero'], 'It must be a whole number of at least 1.'],
    [
      ['eval', '--epochs', '9007199254740993'],
      "'9007199254740993' is invalid. It must be a whole number of at most",
    ],
    [['eval', '--seeds', '1,9007199254740993'], 'It must be a whole number of at most 9007199254740991.'],
    [['score', '--task', 'absa'], 'The task is atsa, acsa, aste, tasd, asqp or acos.'],
    [['score'], 'The option --task is missing.'],
    [['report', 'nowhere'], 'nowhere is no run folder'],
    [['report', '--format', 'pdf'], 'There is no report format pdf.'],
    [['download', 'everything'], 'fsa download does not know everything.'],
    [['eval', '--model', 'a=nowhere', '--dataset', 'atsa/none'], 'There is no dataset folder atsa/none.'],
    [['distill', '--corpus', 'nowhere/*.json'], 'nowhere/*.json'],
  ])('answers %j with exit code 2 and one clear sentence', async (words, sentence) => {
    const { exitCode, stdout, stderr } = await fsa(words, { cwd: await temporaryFolder() });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });

  it('tells errors as NDJSON on stdout with --json', async () => {
    const { exitCode, stdout } = await fsa(['score', '--json', '--task', 'atsa'], {
      cwd: await temporaryFolder(),
    });
    expect(exitCode).toBe(2);
    expect(parseLines(stdout)).toMatchObject([{ type: 'error', code: 'USAGE', exitCode: 2 }]);
  });

  it('shows help and version on stdout with exit code 0', async () => {
    const help = await fsa(['--help']);
    expect(help.exitCode).toBe(0);
    for (const command of ['setup', 'doctor', 'download', 'data', 'distill', 'eval', 'score', 'report']) {
      expect(help.stdout).toContain(command);
    }
    expect((await fsa(['--version'])).stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
    expect((await fsa(['eval', '--help'])).stdout).toContain('--train-share');
  });

  it('reports every problem of a configuration at once, each with its line', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'fsa.yaml'), 'seed: -1\neval:\n  epoch: 3\n  batchSize: lots\n');
    const { exitCode, stderr } = await fsa(['eval', '--config', 'fsa.yaml'], { cwd: folder });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/fsa\.yaml:1/);
    expect(stderr).toMatch(/fsa\.yaml:3.*epochs/);
    expect(stderr).toMatch(/fsa\.yaml:4/);
  });

  it('scores predictions without Python', async () => {
    const folder = await temporaryFolder();
    const aspect = { from: 4, to: 8, target: 'soup', category: null, polarity: 'positive' };
    const gold = [{ ID: '1', sentence: 'The soup was lovely.', aspects: [aspect] }];
    await writeFile(join(folder, 'test.json'), JSON.stringify(gold));
    await writeFile(join(folder, 'predictions.json'), JSON.stringify(['soup | positive ; soup | negative']));
    await mkdir(join(folder, 'empty-path'));
    const words = ['score', '--task', 'atsa', '--gold', 'test.json', '--predictions', 'predictions.json'];
    const text = await fsa(words, { cwd: folder, env: { PATH: join(folder, 'empty-path') } });
    expect(text.stderr).toBe('');
    expect(text.exitCode).toBe(0);
    expect(text.stdout).toMatch(/^all +50\.00 +100\.00 +66\.67 /m);
    const json = parseLines((await fsa([...words, '--json'], { cwd: folder })).stdout);
    expect(json).toMatchObject([
      { type: 'result', subsets: { all: { precision: 0.5, recall: 1, gold: 1 } } },
    ]);
  });
});
