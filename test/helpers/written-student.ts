/** A student's folder as `fsa finetune` leaves it, with weights of any size that nobody trained. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeStudentFile, type StudentFile } from '../../src/inference/student-file.js';

const score = { f1: 0.651, precision: 0.66, recall: 0.642, sentences: 80 };

export async function writeStudent(
  folder: string,
  rest: Partial<Omit<StudentFile, 'schema' | 'files'>> = {},
  weights: Buffer = Buffer.alloc(5000, 7),
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), '{"model_type":"t5"}');
  await writeFile(join(folder, 'model.safetensors'), weights);
  await writeFile(join(folder, 'worker.log'), 'of no concern to others');
  await writeStudentFile(folder, ['config.json', 'model.safetensors'], {
    task: 'atsa',
    elements: ['term', 'polarity'],
    polarities: ['positive', 'neutral', 'negative', 'conflict'],
    digest: 'd'.repeat(64),
    maxInputTokens: 128,
    maxGeneratedTokens: 100,
    lineBreakToken: null,
    trainedOn: {
      model: 'distilled',
      task: 'atsa',
      dataset: 'rest14',
      seed: 42,
      trainShare: 1,
      startingModel: '/home/somebody/runs/distill',
      files: { 'train.json': 'f'.repeat(64) },
      epochs: 20,
    },
    dev: { f1: 0.7, epoch: 12 },
    test: { all: score, hard: { ...score, f1: null, precision: null, sentences: 20 } },
    onnx: null,
    layout: null,
    ...rest,
  });
  return folder;
}
