import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { hashFolder } from '../../src/storage/digest.js';
import { fsa, parseLines, startFsa } from '../helpers/cli.js';
import { runtimePython } from '../helpers/python.js';
import { SAMPLE_STUDENT, smallCorpus } from '../helpers/small-data.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

const QUICK = [
  ...[
    '--set',
    'distill.batchSize=4',
    '--set',
    'distill.accumulation=2',
    '--set',
    'distill.validateEverySteps=4',
  ],
  ...['--set', 'distill.checkpointEverySteps=2', '--set', 'distill.validationShare=0.2', '--threads', '1'],
];

async function distillWords(folder: string, run: string): Promise<string[]> {
  const corpus = await smallCorpus(folder);
  return [
    'distill',
    '--model',
    SAMPLE_STUDENT,
    '--corpus',
    corpus,
    '--steps',
    '8',
    ...QUICK,
    '--output',
    join(folder, run),
  ];
}

/** metrics.jsonl without what depends on the clock. */
async function readMetrics(run: string): Promise<unknown[]> {
  const lines = parseLines(await readFile(join(run, 'metrics.jsonl'), 'utf8'));
  return lines.map(({ tokensPerSecond: _speed, ...rest }) => rest);
}

describe('fsa distill', () => {
  it('makes a student that transformers loads, and returns at once the second time', async () => {
    const folder = await temporaryFolder();
    const words = await distillWords(folder, 'run');
    const first = await fsa(words);
    expect(first.stderr).toContain('validation loss');
    expect(first.exitCode).toBe(0);
    const model = join(folder, 'run', 'model');
    expect(first.stdout.split('\n')[0]).toBe(model);
    const load = `
import sys
from transformers import AutoTokenizer, T5ForConditionalGeneration
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model = T5ForConditionalGeneration.from_pretrained(sys.argv[1])
ids = tokenizer("good[NL]bad").input_ids
print(tokenizer.convert_tokens_to_ids("[NL]") in ids, model.get_input_embeddings().weight.shape[0] >= len(tokenizer))
`;
    const { stdout } = await execa(await runtimePython(), ['-c', load, model]);
    expect(stdout.trim()).toBe('True True');
    const again = await fsa([...words, '--json']);
    const events = parseLines(again.stdout);
    expect(events.some(({ type }) => type === 'job-started')).toBe(false);
    expect(events.at(-1)).toMatchObject({ type: 'result', steps: 8 });
  });

  it('killed with -9 and started again, ends with the very same weights and metrics', async () => {
    const folder = await temporaryFolder();
    const undisturbed = await distillWords(folder, 'undisturbed');
    const killed = await distillWords(folder, 'killed');
    expect((await fsa(undisturbed)).exitCode).toBe(0);
    const running = startFsa([...killed, '--json']);
    running.onStdout((said) => {
      if ((said.match(/"checkpoint-saved"/g) ?? []).length >= 2) running.kill('SIGKILL');
    });
    const { stdout } = await running.ended;
    expect(stdout).not.toContain('"type":"result"');
    expect((await fsa(killed)).exitCode).toBe(0);
    const digests = await Promise.all(
      ['undisturbed', 'killed'].map((run) => hashFolder(join(folder, run, 'model'))),
    );
    expect(digests[1]).toBe(digests[0]);
    expect(await readMetrics(join(folder, 'killed'))).toEqual(await readMetrics(join(folder, 'undisturbed')));
  });
});
