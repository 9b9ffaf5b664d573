/** A student fine-tuned and exported by the command line, once for a file of tests. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { CHECK_TEXTS } from '../../src/pipelines/export/check-texts.js';
import { fsa, parseLines } from '../helpers/cli.js';
import { SAMPLE_STUDENT, smallDataset } from '../helpers/small-data.js';

/** Paths that are there when the first test begins. */
export const made = { folder: '', exported: '', student: '' };

export function makeExport(): void {
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fsa-test-'));
    const [student, exported] = [join(folder, 'use'), join(folder, 'onnx')];
    Object.assign(made, { folder, student, exported });
    const dataset = await smallDataset(folder, 'atsa');
    const quick = ['--epochs', '2', '--set', 'eval.batchSize=8', '--set', 'eval.precision=fp32'];
    for (const words of [
      ['finetune', '--model', SAMPLE_STUDENT, '--dataset', dataset, '--output', student, ...quick],
      ['setup', '--extra', 'export'],
      ['export', '--model', student, '--format', 'onnx', '--output', exported],
    ]) {
      const { exitCode, stderr } = await fsa(words);
      expect(exitCode, stderr).toBe(0);
    }
  });
  afterAll(async () => await rm(made.folder, { recursive: true, force: true }));
}

/** The predictions for the texts that exports are checked by. */
export async function predict(
  model: string,
  extra: string[],
  env: Record<string, string> = {},
): Promise<unknown[]> {
  const input = join(made.folder, 'texts.jsonl');
  await writeFile(input, CHECK_TEXTS.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  const asked = await fsa(['predict', '--model', model, '--input', input, '--json', ...extra], { env });
  expect(asked.exitCode, asked.stderr).toBe(0);
  return parseLines(asked.stdout).filter(({ type }) => type === 'prediction');
}
