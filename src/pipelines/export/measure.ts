/** What 8 bits cost: both exports answer the same test sentences, and their F1 stand side by side. */
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { FsaError } from '../../errors.js';
import type { MeasuredInt8, StudentFile } from '../../inference/student-file.js';
import { readRunFile } from '../../runs/run-folder.js';
import type { RunFile } from '../../runs/types.js';
import { scoreSubsets } from '../../scoring/metrics.js';
import type { Metrics } from '../../scoring/types.js';
import { readEvalDatasets, type EvalDataset } from '../eval/datasets.js';
import { loadModel } from '../predict/load-model.js';
import type { Work } from '../run/run-handle.js';
import type { Student } from '../sources/student.js';

export interface Measured {
  readonly facts: MeasuredInt8;
  /** By subset, of the export in 8 bits. */
  readonly test: NonNullable<StudentFile['test']>;
}

/**
 * The dataset to measure on: the one that is named, or the one that the student's run tested it on.
 * @throws FsaError CONFIG where there is none, or its task is another; DATA about the dataset
 */
export async function datasetToMeasure(
  named: string | undefined,
  { folder, task, file }: Student,
  cwd: string,
  work: Work,
): Promise<EvalDataset> {
  const options = { targetOrder: 'text', epochs: 0, task: task ?? undefined } as const;
  if (named !== undefined) {
    const [dataset] = await readEvalDatasets([named], options, cwd, work);
    if (dataset?.task === task) return dataset;
    throw new FsaError(
      'CONFIG',
      `The student predicts ${String(task)}, and the dataset is of ${String(dataset?.task)}.`,
      {
        where: named,
        advice: 'Name a dataset of its task with --measure.',
      },
    );
  }
  for (const run of [resolve(folder, '..'), resolve(folder, '../../..')]) {
    for (const spec of datasetsOf(await readRunFile(run).catch(() => null))) {
      const [dataset] = await readEvalDatasets([spec], options, cwd, work).catch((): EvalDataset[] => []);
      // Only the files that it was tested on: others would give a figure under a wrong name.
      if (dataset !== undefined && isTestedOn(dataset, file)) return dataset;
    }
  }
  throw new FsaError(
    'CONFIG',
    'An export in int8 is measured, and the dataset of the student is not found.',
    {
      where: folder,
      advice: 'Name the dataset whose test sentences tell what 8 bits cost with --measure DATASET.',
    },
  );
}

/** What the run's settings name; its file may be of an older fsa. */
function datasetsOf(run: RunFile | null): string[] {
  const settings = z.object({ eval: z.object({ datasets: z.array(z.string()) }) }).safeParse(run?.config);
  return settings.success ? settings.data.eval.datasets : [];
}

/** Whether these are the files that the student's scores come from. */
export function isTestedOn(dataset: EvalDataset, file: StudentFile | null): boolean {
  return isDeepStrictEqual(file?.trainedOn?.['files'], dataset.files);
}

/** @param folders both exports, with their fsa.json */
export async function measureInt8(
  dataset: EvalDataset,
  folders: { readonly fp32: string; readonly int8: string },
  { threads, signal }: { readonly threads: number; readonly signal: AbortSignal },
): Promise<Measured> {
  const answer = async (folder: string): Promise<string[]> => {
    await using model = await loadModel(folder, { backend: 'onnx', threads, signal });
    const sentences = dataset.test.map(({ sentence }) => sentence);
    return (await model.predict(sentences, { raw: true, signal })).map(({ text }) => text ?? '');
  };
  const [fp32, int8] = [await answer(folders.fp32), await answer(folders.int8)];
  const rules = { task: dataset.task, polarities: dataset.polarities };
  const scoresOf = (texts: readonly string[]): Partial<Record<string, Metrics>> =>
    scoreSubsets(
      dataset.test.map((row, index) => ({ ...row, prediction: texts[index] ?? '' })),
      rules,
    );
  const test = Object.fromEntries(
    Object.entries(scoresOf(int8)).flatMap(([name, scores]) =>
      scores === undefined ? [] : [[name, toScore(scores)]],
    ),
  );
  const facts = {
    dataset: dataset.label,
    sentences: dataset.test.length,
    same: fp32.filter((text, index) => text === int8[index]).length,
    fp32: toScore(scoresOf(fp32)['all']),
    int8: toScore(scoresOf(int8)['all']),
  };
  return { facts, test };
}

function toScore(scores: Metrics | undefined): MeasuredInt8['int8'] {
  const { f1 = null, precision = null, recall = null, sentences = 0 } = scores ?? {};
  return { f1, precision, recall, sentences };
}
