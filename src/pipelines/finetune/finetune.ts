/** `fsa finetune`: one student to deploy. It is an eval of one cell whose model stays. */
import { basename, join, resolve } from 'node:path';
import { FsaError } from '../../errors.js';
import { readStudentFile, type StudentFile } from '../../inference/student-file.js';
import { evaluate } from '../eval/evaluate.js';
import type { RunOptions } from '../run/options.js';
import { resolveConfig } from '../run/options.js';
import type { RunWork } from '../run/run-handle.js';

export interface FinetuneOptions extends RunOptions {
  /** Hub id, folder or run that the student starts from; the configuration's `model` unless said otherwise. */
  readonly model?: string;
  /** `atsa/rest14`, or the path of a dataset folder. */
  readonly dataset: string;
  /** The configuration's `seed` unless said otherwise. */
  readonly seed?: number;
}

export interface FinetuneResult {
  /** The run's folder; `fsa report` reads it. */
  readonly folder: string;
  /** In Hugging Face format, with fsa.json. */
  readonly modelFolder: string;
  /** What fsa.json says: task, limits, dev and test scores. */
  readonly student: StudentFile;
}

/**
 * Fine-tunes a student, keeps the epoch that is best on dev, and tests it once.
 * @throws FsaError
 */
export async function finetune(options: FinetuneOptions, work: RunWork): Promise<FinetuneResult> {
  const { model, dataset, seed, ...rest } = options;
  const config = await resolveConfig(options);
  const start = model ?? config.model;
  const cwd = options.cwd ?? process.cwd();
  const folder = resolve(cwd, options.output ?? 'runs/finetune');
  const modelFolder = join(folder, 'model');
  const { failed } = await evaluate(
    {
      ...rest,
      output: folder,
      keepModels: 'all',
      config: {
        ...options.config,
        eval: {
          ...options.config?.eval,
          models: { [nameOf(start)]: start },
          datasets: [dataset],
          seeds: [seed ?? config.seed],
          trainShare: [1],
        },
      },
    },
    work,
    { modelFolder: 'model' },
  );
  const [failure] = failed;
  if (failure !== undefined) throw new FsaError(failure.code, failure.reason, { where: failure.label });
  const student = await readStudentFile(modelFolder);
  if (student === null)
    throw new FsaError('BUG', 'The fine-tuned model has no fsa.json.', { where: modelFolder });
  return { folder, modelFolder, student };
}

/** The last part of an id or path: the model's name in tables. */
function nameOf(spec: string): string {
  return basename(spec.replace(/[/\\]+$/, '')) || spec;
}
