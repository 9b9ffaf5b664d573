/** A student that is to be used: its folder, what kind of model lies there, and what is known of it. */
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { PRESETS } from '../../config/presets.js';
import { FsaError } from '../../errors.js';
import { readStudentFile, STUDENT_FILE, type StudentFile } from '../../inference/student-file.js';
import { findTaskName, TASK_CHOICE, taskNamed } from '../../tasks/registry.js';
import { POLARITIES, type ElementName, type TaskName } from '../../tasks/vocabulary.js';
import { findModelFolder } from './model.js';
import { isFile } from '../../storage/is-there.js';

/** Limits of a model whose folder says nothing; those of the `paper` preset. */
const UNSAID = { maxInputTokens: PRESETS.paper.eval.maxInputTokens, maxGeneratedTokens: 100 };
/** What a distilled student reads and writes at most. */
const DISTILLED = {
  maxInputTokens: PRESETS.paper.distill.maxInputTokens,
  maxGeneratedTokens: PRESETS.paper.distill.maxTargetTokens,
};
const LINE_BREAK_TOKEN = '[NL]';

export interface Student {
  readonly folder: string;
  readonly form: 'onnx' | 'hugging-face';
  /** Null where the model's own text is all that is asked for. */
  readonly task: TaskName | null;
  readonly elements: readonly ElementName[];
  readonly polarities: readonly string[];
  readonly maxInputTokens: number;
  readonly maxGeneratedTokens: number;
  readonly lineBreakToken: string | null;
  /** fsa.json; null where the folder has none. */
  readonly file: StudentFile | null;
}

export interface StudentRequest {
  /** The task that the student must have, or has where its folder does not say. */
  readonly task?: TaskName | undefined;
  /** Any model will do: only its text is wanted. */
  readonly raw?: boolean | undefined;
}

/**
 * The student at a path: a folder, a run of `fsa finetune` or `fsa distill`, an eval with one kept model, a hub id.
 * @throws FsaError CONFIG where there is none, or it does not do what is asked for
 */
export async function resolveStudent(spec: string, cwd: string, request: StudentRequest): Promise<Student> {
  const folder = await findStudentFolder(spec, cwd);
  const file = await readStudentFile(folder);
  if (file === null) return await withoutFile(folder, request);
  if (file.layout !== null) {
    throw new FsaError('CONFIG', `The folder is an export for ${file.layout}, which fsa does not run.`, {
      where: folder,
      advice: 'Name the student that it was made from, or an export without --layout.',
    });
  }
  const task = findTaskName(file.task);
  if (task === null) {
    throw new FsaError('CONFIG', `The student's task is ${file.task}, which this fsa does not know.`, {
      where: join(folder, STUDENT_FILE),
      advice: `The tasks are ${TASK_CHOICE}.`,
    });
  }
  if (request.task !== undefined && request.task !== task) {
    throw new FsaError('CONFIG', `The student predicts ${task}, not ${request.task}.`, {
      where: folder,
      advice: `Leave out --task, or name a student of ${request.task}.`,
    });
  }
  const { polarities, maxInputTokens, maxGeneratedTokens, lineBreakToken } = file;
  return {
    folder,
    form: file.onnx === null ? 'hugging-face' : 'onnx',
    task,
    elements: taskNamed(task).elements,
    polarities,
    maxInputTokens,
    maxGeneratedTokens,
    lineBreakToken,
    file,
  };
}

async function findStudentFolder(spec: string, cwd: string): Promise<string> {
  const path = resolve(cwd, spec);
  for (const folder of [path, join(path, 'model')]) {
    if (await isFile(join(folder, STUDENT_FILE))) return folder;
  }
  const kept = await glob(`jobs/*/model/${STUDENT_FILE}`, { cwd: path }).catch((): string[] => []);
  const [only, ...others] = kept.sort();
  if (only === undefined) return await findModelFolder(spec, cwd);
  if (others.length === 0) return join(path, only, '..');
  throw new FsaError('CONFIG', `The run has ${kept.length} kept models.`, {
    where: path,
    problems: await Promise.all(kept.map(async (name) => await describeKept(join(path, name, '..'), cwd))),
    advice: 'Name the folder of one of them with --model.',
  });
}

async function describeKept(folder: string, cwd: string): Promise<string> {
  const file = await readStudentFile(folder);
  const { model, task, dataset, seed } = file?.trainedOn ?? {};
  const f1 = file?.dev?.f1 == null ? '–' : (100 * file.dev.f1).toFixed(2);
  return `${relative(cwd, folder)}: ${String(model)} · ${String(task)}/${String(dataset)} · seed ${String(seed)}, dev F1 ${f1}`;
}

async function withoutFile(folder: string, { task, raw }: StudentRequest): Promise<Student> {
  const distilled = await knowsLineBreaks(folder);
  const known = { folder, form: 'hugging-face', file: null } as const;
  if (raw === true) {
    const lineBreakToken = distilled ? LINE_BREAK_TOKEN : null;
    const limits = distilled ? DISTILLED : UNSAID;
    return { ...known, ...limits, task: null, elements: [], polarities: [], lineBreakToken };
  }
  if (task !== undefined) {
    const { elements } = taskNamed(task);
    return { ...known, ...UNSAID, task, elements, polarities: POLARITIES, lineBreakToken: null };
  }
  if (distilled) {
    throw new FsaError(
      'CONFIG',
      'The student is distilled but not fine-tuned: it writes analyses, no tuples.',
      {
        where: folder,
        advice: 'Make a student of it with `fsa finetune --model … --dataset …`, or see its text with --raw.',
      },
    );
  }
  throw new FsaError('CONFIG', `The model does not say what it predicts: it has no ${STUDENT_FILE}.`, {
    where: folder,
    advice: `Fine-tune it with \`fsa finetune\`; if that was done elsewhere, name its task with --task (${TASK_CHOICE}), or see its text with --raw.`,
  });
}

/** Whether the tokenizer has the token that distillation adds. */
async function knowsLineBreaks(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'tokenizer.json'), 'utf8').catch(() => '');
  return text.includes(JSON.stringify(LINE_BREAK_TOKEN));
}
