/** `fsa export`: a student as ONNX graphs for Node alone, checked against the runtime before it is finished. */
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FsaError } from '../../errors.js';
import type { GeneratedRow } from '../../inference/decoder.js';
import { ONNX_FILES, ONNX_VERSION } from '../../inference/onnx-folder.js';
import { loadPeers } from '../../inference/peers.js';
import { InferenceThread } from '../../inference/session.js';
import { writeStudentFile, type StudentFile } from '../../inference/student-file.js';
import type { SpecOf } from '../../rpc/messages.js';
import { readLimits } from '../../runtime/limits.js';
import { readExportRuntime } from '../../runtime/locate.js';
import { openWorkerHost } from '../../workers/host.js';
import type { Worker } from '../../workers/worker.js';
import { ROWS_TOGETHER } from '../predict/engine.js';
import { followJob } from '../run/follow-job.js';
import { RunShare } from '../run/share.js';
import type { Work } from '../run/run-handle.js';
import { type ModelSource, resolveModel } from '../sources/model.js';
import { resolveStudent, type Student } from '../sources/student.js';
import type { TaskName } from '../../tasks/vocabulary.js';
import { CHECK_TEXTS } from './check-texts.js';

export interface ExportOptions {
  /** A folder, a run of `fsa finetune`, or a hub id. */
  readonly model: string;
  readonly format: 'onnx';
  /** A folder that is not there yet, or an earlier export, which is replaced. */
  readonly output: string;
  /** The task of a model whose folder does not say. */
  readonly task?: TaskName;
  readonly cwd?: string;
}

export interface ExportResult {
  readonly folder: string;
  readonly student: StudentFile;
  readonly bytes: number;
  /** Sentences that gave the same tokens in Node as in the runtime. */
  readonly checked: number;
  readonly seconds: number;
}

/**
 * Exports a student; the folder appears once Node decodes every check sentence to the runtime's tokens.
 * @throws FsaError CONFIG about the model, the output or a missing package, RUNTIME without the extra packages
 */
export async function exportModel(options: ExportOptions, { emit, signal }: Work): Promise<ExportResult> {
  const startedMs = performance.now();
  const cwd = options.cwd ?? process.cwd();
  const student = await resolveStudent(options.model, cwd, { task: options.task });
  if (student.form === 'onnx') {
    throw new FsaError('CONFIG', 'The model is an export already.', {
      where: student.folder,
      advice: 'Name the student that it was made from.',
    });
  }
  const output = resolve(cwd, options.output);
  await refuseForeignFolder(output);
  await loadPeers();
  const runtime = await readExportRuntime();
  const source = await resolveModel(student.folder, cwd, signal);
  await mkdir(dirname(output), { recursive: true });
  const scratch = await mkdtemp(join(dirname(output), `.${basename(output)}-`));
  const host = await openWorkerHost({ python: runtime.python, emit, signal });
  try {
    const threads = readLimits().processors.value;
    const slot = { name: 'cpu', device: 'cpu', visibleGpu: null, threads } as const;
    const worker = await host.launch({ slot, logPath: join(scratch, 'worker.log') });
    const folder = join(scratch, 'onnx');
    await mkdir(folder);
    const exporting = { student, source, folder, threads };
    const file = await writeExport(worker, exporting, { emit, signal });
    const expected = await generateInPython(worker, exporting, signal);
    await compareWithNode(folder, expected, threads, signal);
    await replaceFolder(folder, output);
    const bytes = Object.values(file.files).reduce((sum, one) => sum + one.bytes, 0);
    const seconds = (performance.now() - startedMs) / 1000;
    return { folder: output, student: file, bytes, checked: expected.length, seconds };
  } finally {
    await host.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Exporting {
  readonly student: Student;
  /** What is read is held against its digests. */
  readonly source: ModelSource;
  readonly folder: string;
  readonly threads: number;
}

async function writeExport(
  worker: Worker,
  { student, source, folder, threads }: Exporting,
  { emit, signal }: Work,
): Promise<StudentFile> {
  const { maxInputTokens, maxGeneratedTokens } = student;
  const facts = { jobId: 'export', label: 'export', task: null, dataset: null, model: null, seed: null };
  const share = new RunShare([{ id: facts.jobId, cost: 1 }]);
  const follow = followJob(worker, { facts, attempt: 1, epochs: null, share, emit });
  const placement = { device: 'cpu', threads };
  const {
    kind: _kind,
    versions,
    seconds,
    ...graphs
  } = await worker.run<'export'>(
    { kind: 'export', placement, ...modelOf(source), maxInputTokens, maxGeneratedTokens, folder },
    { ...follow, jobId: facts.jobId, attempt: 1, signal },
  );
  emit({ type: 'job-finished', ...facts, seconds, summary: 'graphs written' });
  return await writeStudentFile(folder, ONNX_FILES, {
    task: student.task ?? '',
    elements: [...student.elements],
    polarities: [...student.polarities],
    digest: source.digest,
    maxInputTokens,
    maxGeneratedTokens,
    lineBreakToken: student.lineBreakToken,
    trainedOn: student.file?.trainedOn ?? null,
    dev: student.file?.dev ?? null,
    test: student.file?.test ?? null,
    onnx: { version: ONNX_VERSION, ...graphs, madeBy: versions },
  });
}

async function generateInPython(
  worker: Worker,
  { student, source, threads }: Exporting,
  signal: AbortSignal,
): Promise<readonly GeneratedRow[]> {
  const { rows } = await worker.run<'predict'>(
    {
      kind: 'predict',
      placement: { device: 'cpu', threads },
      ...modelOf(source),
      modelDigest: source.digest,
      precision: 'fp32',
      texts: [...CHECK_TEXTS],
      maxInputTokens: student.maxInputTokens,
      maxGeneratedTokens: student.maxGeneratedTokens,
      generationBatchSize: ROWS_TOGETHER,
    },
    { jobId: 'check', attempt: 1, signal },
  );
  return rows;
}

function modelOf({ folder, files }: ModelSource): Pick<SpecOf<'export'>, 'model' | 'modelFiles'> {
  return { model: folder, modelFiles: [...files] };
}

/** @throws FsaError CONFIG naming the first sentence that Node decodes to other tokens */
async function compareWithNode(
  folder: string,
  expected: readonly GeneratedRow[],
  threads: number,
  signal: AbortSignal,
): Promise<void> {
  const thread = await InferenceThread.open({ folder, threads });
  try {
    for (const batchSize of [1, ROWS_TOGETHER]) {
      const rows = await thread.generate(CHECK_TEXTS, { batchSize, signal });
      const at = expected.findIndex((row, index) => !isSame(row, rows[index]));
      if (at < 0) continue;
      throw new FsaError(
        'CONFIG',
        `The export decodes sentence ${at + 1} of the check to other tokens than the runtime; it was not finished.`,
        { advice: 'Please report it with the model; the student itself can be used with --backend torch.' },
      );
    }
  } finally {
    await thread.close();
  }
}

function isSame(a: GeneratedRow, b: GeneratedRow | undefined): boolean {
  return (
    b !== undefined &&
    a.inputTokens === b.inputTokens &&
    a.cutInput === b.cutInput &&
    a.text === b.text &&
    a.tokens.length === b.tokens.length &&
    a.tokens.every((token, index) => token === b.tokens[index])
  );
}

/** An export may be replaced, and nothing else. */
async function refuseForeignFolder(output: string): Promise<void> {
  if (!(await isThere(output)) || (await isThere(join(output, 'step.onnx')))) return;
  throw new FsaError('CONFIG', 'The output is there already, and is no export.', {
    where: output,
    advice: 'Name a folder that is not there yet.',
  });
}

async function replaceFolder(from: string, to: string): Promise<void> {
  if (await isThere(to)) await rename(to, join(dirname(from), 'replaced'));
  await rename(from, to);
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
