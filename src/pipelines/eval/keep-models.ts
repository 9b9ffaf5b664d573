/** The fine-tuned models of an eval that stay: every one, or the best of each model, dataset and share. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import { STUDENT_FILE, writeStudentFile } from '../../inference/student-file.js';
import type { CellResults } from '../../runs/cell-results.js';
import type { CellResult } from '../../runs/types.js';
import { listFiles } from '../../storage/digest.js';
import { fitsInto, freeBytesAt, inWords } from '../../storage/disk-room.js';
import { mapBounded } from '../../storage/map-bounded.js';
import { taskNamed } from '../../tasks/registry.js';
import { resolveModel, type ModelSource } from '../sources/model.js';
import type { Cell } from './plan.js';
import { isThere } from '../../storage/is-there.js';

export const KEEP_CHOICES = ['best', 'all'] as const;
/** `best`: of the seeds of one model, dataset and share the one with the highest dev F1. */
export type KeepModels = (typeof KEEP_CHOICES)[number];

export interface ModelKeeperOptions {
  readonly keep: KeepModels;
  /** The folder of a job's model, given the job's id. */
  readonly folderOf: (jobId: string) => string;
  readonly config: Config;
  readonly models: ReadonlyMap<string, ModelSource>;
}

/** A cell that is finished. */
interface Known {
  readonly cell: Cell;
  /** F1 on dev; null where no epoch was scored. */
  readonly score: number | null;
}

export class ModelKeeper {
  /** Finished cells by their group, in each by job id. */
  readonly #groups = new Map<string, Map<string, Known>>();
  /** Groups in which a killed run may have left a model beside a better one. */
  readonly #untidy = new Set<ReadonlyMap<string, Known>>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: ModelKeeperOptions) {
    if (options.config.eval.epochs > 0) return;
    throw new FsaError('CONFIG', 'No model can be kept: with 0 epochs nothing is fine-tuned.', {
      advice: 'Leave out --keep-models, or set eval.epochs.',
    });
  }

  folderOf(jobId: string): string {
    return this.options.folderOf(jobId);
  }

  /** Takes finished cells out of `done` whose model should be here and is not: they are done again. */
  async forgetWithoutModel(done: CellResults, cells: readonly Cell[]): Promise<void> {
    for (const cell of cells) {
      const result = done.get(cell.id);
      if (result !== undefined) this.#group(cell).set(cell.id, { cell, score: devScoreOf(result) });
    }
    for (const group of this.#groups.values()) this.#untidy.add(group);
    const staying = [...this.#groups.values()].flatMap((group) => this.#staying(group));
    const there = await mapBounded(
      staying,
      async ({ cell }) => await isThere(join(this.folderOf(cell.id), STUDENT_FILE)),
    );
    for (const [index, { cell }] of staying.entries()) {
      if (there[index] === true) continue;
      done.delete(cell.id);
      this.#group(cell).delete(cell.id);
    }
  }

  /**
   * What the models will need on the disk.
   * @throws FsaError STORAGE where there is no room for them
   */
  async checkDiskSpace(
    runFolder: string,
    todo: readonly Cell[],
    atOnce: number,
  ): Promise<{ readonly what: string; readonly bytes: number; readonly freeBytes: number }> {
    const groups = new Set(todo.map(groupOf)).size;
    const count = this.options.keep === 'all' ? todo.length : Math.min(todo.length, groups + atOnce);
    const largest = Math.max(0, ...[...this.options.models.values()].map(({ weightBytes }) => weightBytes));
    const [bytes, freeBytes] = [count * largest, await freeBytesAt(runFolder)];
    const what = count === 1 ? 'a fine-tuned model' : `${count} fine-tuned models`;
    if (fitsInto(freeBytes, bytes)) return { what, bytes, freeBytes };
    throw new FsaError(
      'STORAGE',
      `There is no room for ${what}: ${inWords(bytes)} are needed and ${inWords(freeBytes)} are free.`,
      {
        where: runFolder,
        advice: 'Free some space, choose another disk with --output, or keep fewer with --keep-models best.',
      },
    );
  }

  /** Describes a cell's new model, or removes it and those that it beats. Cells may end at the same time. */
  async keep(cell: Cell, result: CellResult): Promise<void> {
    const kept = this.#turn.then(() => this.#keep(cell, result));
    this.#turn = kept.catch(() => undefined);
    await kept;
  }

  async #keep(cell: Cell, result: CellResult): Promise<void> {
    const group = this.#group(cell);
    const others = this.#untidy.delete(group) ? [...group.values()] : this.#staying(group);
    group.set(cell.id, { cell, score: devScoreOf(result) });
    const staying = new Set(this.#staying(group).map((one) => one.cell.id));
    if (staying.has(cell.id)) await this.#describe(cell, result);
    for (const { id } of [cell, ...others.map((one) => one.cell)]) {
      if (!staying.has(id)) await rm(this.folderOf(id), { recursive: true, force: true });
    }
  }

  async #describe({ id, key, dataset }: Cell, result: CellResult): Promise<void> {
    const folder = this.folderOf(id);
    const { digest } = await resolveModel(folder, folder);
    const { eval: settings } = this.options.config;
    const source = this.options.models.get(key.model);
    await writeStudentFile(
      folder,
      (await listFiles(folder)).filter((name) => name !== STUDENT_FILE),
      {
        task: key.task,
        elements: [...taskNamed(key.task).elements],
        polarities: [...dataset.polarities],
        digest,
        maxInputTokens: settings.maxInputTokens,
        maxGeneratedTokens: settings.maxGeneratedTokens ?? taskNamed(key.task).generatedTokens,
        // Sentences are fine-tuned on and measured with their line breaks as they are.
        lineBreakToken: null,
        trainedOn: {
          ...key,
          startingModel: source?.spec ?? key.model,
          startingDigest: source?.digest ?? null,
          files: dataset.files,
          epochs: settings.epochs,
          precision: settings.precision,
        },
        dev: { f1: devScoreOf(result), epoch: result.bestEpoch },
        test: Object.fromEntries(
          Object.entries(result.subsets).map(([name, { f1, precision, recall, sentences }]) => [
            name,
            { f1, precision, recall, sentences },
          ]),
        ),
        onnx: null,
        layout: null,
      },
    );
  }

  /** Those of a group whose models stay: of equals the one with the smallest seed. */
  #staying(group: ReadonlyMap<string, Known>): Known[] {
    const known = [...group.values()];
    if (this.options.keep === 'all') return known;
    const scoreOf = ({ score }: Known): number => score ?? 0;
    return known.sort((a, b) => scoreOf(b) - scoreOf(a) || a.cell.key.seed - b.cell.key.seed).slice(0, 1);
  }

  #group(cell: Cell): Map<string, Known> {
    const name = groupOf(cell);
    const group = this.#groups.get(name) ?? new Map<string, Known>();
    this.#groups.set(name, group);
    return group;
  }
}

function groupOf({ key: { model, task, dataset, trainShare } }: Cell): string {
  return JSON.stringify([model, task, dataset, trainShare]);
}

/** Null where no epoch was scored. */
function devScoreOf({ devF1, bestEpoch }: CellResult): number | null {
  return devF1[bestEpoch - 1] ?? null;
}
