/** `fsa export`: a student as ONNX graphs for Node alone, checked against the runtime before it is finished. */
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FsaError, isFsaError } from '../../errors.js';
import type { GeneratedRow } from '../../inference/decoder.js';
import { ONNX_FILES, ONNX_VERSION } from '../../inference/onnx-folder.js';
import { loadPeers } from '../../inference/peers.js';
import {
  writeStudentFile,
  type MeasuredInt8,
  type Precision,
  type StudentFile,
} from '../../inference/student-file.js';
import type { Layout } from '../../rpc/jobs/export.js';
import type { SpecOf } from '../../rpc/messages.js';
import { readLimits } from '../../runtime/limits.js';
import { readExportRuntime } from '../../runtime/locate.js';
import { listFiles } from '../../storage/digest.js';
import { openWorkerHost } from '../../workers/host.js';
import type { Worker } from '../../workers/worker.js';
import { ROWS_TOGETHER } from '../predict/engine.js';
import { followJob } from '../run/follow-job.js';
import { RunShare } from '../run/share.js';
import type { Work } from '../run/run-handle.js';
import { type ModelSource, resolveModel } from '../sources/model.js';
import { resolveStudent, type Student } from '../sources/student.js';
import type { TaskName } from '../../tasks/vocabulary.js';
import { compareWithNode } from './check-node.js';
import { CHECK_TEXTS } from './check-texts.js';
import { datasetToMeasure, isTestedOn, measureInt8 } from './measure.js';
import { openScratch, refuseForeignFolder, replaceFolder } from './export-folder.js';

export interface ExportOptions {
  /** A folder, a run of `fsa finetune`, or a hub id. */
  readonly model: string;
  readonly format: 'onnx';
  /** `transformers-js` for that library; `fsa`, the default, is what predict and serve run. */
  readonly layout?: Layout;
  /** Weights of 8 bits: smaller, faster one by one, and other answers now and then, which is measured. */
  readonly int8?: boolean;
  /** The dataset whose test sentences tell what 8 bits cost; that of the student's own run unless said otherwise. */
  readonly measure?: string;
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
  /** Sentences that gave the same tokens as the runtime, in 32 bits. */
  readonly checked: number;
  readonly seconds: number;
}

/**
 * Exports a student; the folder appears once every check sentence has been decoded to the runtime's tokens.
 * @throws FsaError CONFIG about the model, the output, a missing package or dataset, RUNTIME without the extra packages
 */
export async function exportModel(options: ExportOptions, work: Work): Promise<ExportResult> {
  const { emit, signal } = work;
  const startedMs = performance.now();
  const cwd = options.cwd ?? process.cwd();
  const { layout = 'fsa', int8 = false } = options;
  refuseCombination(options);
  const student = await resolveStudent(options.model, cwd, { task: options.task });
  if (student.form === 'onnx') {
    throw new FsaError('CONFIG', 'The model is an export already.', {
      where: student.folder,
      advice: 'Name the student that it was made from.',
    });
  }
  const output = resolve(cwd, options.output);
  await refuseForeignFolder(output);
  const dataset = int8 ? await datasetToMeasure(options.measure, student, cwd, work) : null;
  if (layout === 'fsa') await loadPeers();
  const runtime = await readExportRuntime();
  const source = await resolveModel(student.folder, cwd, signal);
  const scratch = await openScratch(output);
  const host = await openWorkerHost({ python: runtime.python, emit, signal });
  try {
    const threads = readLimits().processors.value;
    const slot = { name: 'cpu', device: 'cpu', visibleGpu: null, threads } as const;
    const worker = await host.launch({ slot, logPath: join(scratch, 'worker.log') });
    const [folder, int8Folder] = [join(scratch, 'fp32'), int8 ? join(scratch, 'int8') : null];
    for (const path of [folder, int8Folder]) if (path !== null) await mkdir(path);
    const exporting = { student, source, layout, folder, int8Folder, threads };
    const describe = await runExport(worker, exporting, work);
    let file = await describe(folder, {});
    if (layout === 'fsa')
      await compareWithNode(folder, await generateInPython(worker, exporting, signal), { threads, signal });
    if (dataset !== null && int8Folder !== null) {
      await describe(int8Folder, { precision: 'int8' });
      const folders = { fp32: folder, int8: int8Folder };
      const { facts, test } = await measureInt8(dataset, folders, { threads, signal });
      const scores = isTestedOn(dataset, student.file) ? test : null;
      file = await describe(int8Folder, { precision: 'int8', measured: facts, test: scores });
    }
    await replaceFolder(int8Folder ?? folder, output);
    const bytes = Object.values(file.files).reduce((sum, one) => sum + one.bytes, 0);
    const seconds = (performance.now() - startedMs) / 1000;
    return { folder: output, student: file, bytes, checked: CHECK_TEXTS.length, seconds };
  } catch (error) {
    throw besideOutput(error, scratch, output);
  } finally {
    await host.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What it points to in the scratch folder goes with that. */
function besideOutput(error: unknown, scratch: string, output: string): unknown {
  if (!isFsaError(error) || error.where?.startsWith(scratch) !== true) return error;
  const { code, message, problems, advice } = error;
  const told = advice === null ? {} : { advice };
  return new FsaError(code, message, { where: output, problems, ...told, cause: error });
}

/** @throws FsaError USAGE */
function refuseCombination({ layout = 'fsa', int8 = false, measure }: ExportOptions): void {
  const refuse = (what: string, advice: string): never => {
    throw new FsaError('USAGE', what, { advice });
  };
  if (int8 && layout !== 'fsa')
    refuse(`The layout ${layout} has no graphs in int8.`, 'Leave out --int8 or --layout.');
  if (measure !== undefined && !int8)
    refuse(
      'Only an export in int8 is measured: others give the very answers of the student.',
      'Leave out --measure, or add --int8.',
    );
}

interface Exporting {
  readonly student: Student;
  /** What is read is held against its digests. */
  readonly source: ModelSource;
  readonly layout: Layout;
  readonly folder: string;
  /** Null where no export in 8 bits is wanted. */
  readonly int8Folder: string | null;
  readonly threads: number;
}

/** What is known of one of the folders besides what the job said. */
interface Precise {
  readonly precision?: Precision;
  readonly measured?: MeasuredInt8;
  readonly test?: StudentFile['test'];
}

/** Has the worker write the graphs; what comes back writes the fsa.json of a folder of them. */
async function runExport(
  worker: Worker,
  { student, source, layout, folder, int8Folder, threads }: Exporting,
  { emit, signal }: Work,
): Promise<(folder: string, precise: Precise) => Promise<StudentFile>> {
  const { maxInputTokens, maxGeneratedTokens } = student;
  const limits = { maxInputTokens, maxGeneratedTokens };
  const facts = { jobId: 'export', label: 'export', task: null, dataset: null, model: null, seed: null };
  const share = new RunShare([{ id: facts.jobId, cost: 1 }]);
  const follow = followJob(worker, { facts, attempt: 1, epochs: null, share, emit });
  const placement = { device: 'cpu', threads };
  const folders = { layout, folder, int8Folder, checkTexts: [...CHECK_TEXTS] };
  const {
    kind: _kind,
    versions,
    seconds,
    ...graphs
  } = await worker.run<'export'>(
    { kind: 'export', placement, ...modelOf(source), ...limits, ...folders },
    { ...follow, jobId: facts.jobId, attempt: 1, signal },
  );
  emit({ type: 'job-finished', ...facts, seconds, summary: 'graphs written' });
  return async (made, { precision = 'fp32', measured = null, test }) => {
    const ours = layout === 'fsa';
    const onnx = { version: ONNX_VERSION, ...graphs, precision, measured, madeBy: versions };
    // Scores are those of the weights that gave them.
    const scores = precision === 'int8' ? { dev: null, test: test ?? null } : scoresOf(student);
    return await writeStudentFile(made, ours ? ONNX_FILES : await listFiles(made), {
      task: student.task ?? '',
      elements: [...student.elements],
      polarities: [...student.polarities],
      digest: source.digest,
      ...limits,
      lineBreakToken: student.lineBreakToken,
      trainedOn: student.file?.trainedOn ?? null,
      ...scores,
      onnx: ours ? onnx : null,
      layout: ours ? null : layout,
    });
  };
}

function scoresOf({ file }: Student): Pick<StudentFile, 'dev' | 'test'> {
  return { dev: file?.dev ?? null, test: file?.test ?? null };
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
