/** A run seen through its folder, by this process or another: what has happened, what goes on, as markup. */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FsaError } from '../../errors.js';
import { thinOut } from '../../report/curves.js';
import { loadDraw, type Draw } from '../../report/html/draw.js';
import type { Markup } from '../../report/html/markup.js';
import { renderBoard } from '../../report/live/board.js';
import { drawCurves } from '../../report/live/charts.js';
import { LiveState } from '../../report/live/state.js';
import { isUnderWay, readProgress } from '../../runs/progress-file.js';
import type { Progress } from '../../runs/progress-sink.js';
import { readResults, readRunFile } from '../../runs/run-folder.js';
import { asEvent, readLines } from '../../runs/tail.js';
import type { ResultsFile } from '../../runs/types.js';
import { LossTail } from './loss-tail.js';

/** The board is drawn anew at most so often, charts more seldom: whoever looks on costs the run little. */
const BOARD_EVERY_MS = 1000;
const CURVES_EVERY_MS = 3000;
/** Jobs whose loss is drawn at once. */
const MOST_TRAINING = 4;

export class WatchedRun {
  readonly name: string;
  #state = new LiveState();
  #journalEnd = 0;
  #journalInode: number | null = null;
  #progress: Progress | null = null;
  #results: { readonly modifiedMs: number; readonly file: ResultsFile | null } = {
    modifiedMs: 0,
    file: null,
  };
  readonly #tails = new Map<string, LossTail>();
  #draw: Draw | null = null;
  #board = { html: '', madeMs: -Infinity };
  #curves: { markup: Markup[]; madeMs: number } = { markup: [], madeMs: -Infinity };
  #curvesAreOld = true;

  private constructor(readonly folder: string) {
    this.name = basename(folder);
  }

  /** @throws FsaError RUN_FOLDER where the folder is no run */
  static async open(folder: string): Promise<WatchedRun> {
    if ((await readRunFile(folder)) !== null) return new WatchedRun(folder);
    throw new FsaError('RUN_FOLDER', `${basename(folder)} is no run folder: it has no run.json.`, {
      where: folder,
      advice: 'Name the folder of a run that has begun.',
    });
  }

  get journalPath(): string {
    return join(this.folder, 'journal.ndjson');
  }

  /** The page's body as it stands now; the same string where nothing has changed. */
  async board(): Promise<string> {
    const nowMs = performance.now();
    if (nowMs - this.#board.madeMs < BOARD_EVERY_MS) return this.#board.html;
    this.#board.madeMs = nowMs;
    await this.#readOn();
    const curves = await this.#drawCurves(nowMs);
    const underWay = this.#progress !== null && isUnderWay(this.#progress);
    this.#board.html = renderBoard({
      name: this.name,
      state: this.#state,
      progress: this.#progress,
      underWay,
      results: this.#results.file,
      curves,
      nowMs: underWay ? Date.now() : Date.parse(this.#progress?.updatedAt ?? '') || Date.now(),
    }).source;
    return this.#board.html;
  }

  async #readOn(): Promise<void> {
    const { size, ino } = await stat(this.journalPath).catch(() => ({ size: 0, ino: null }));
    // Another run stands in this folder's place, perhaps for so long that its journal is the longer one.
    if (size < this.#journalEnd || ino !== this.#journalInode) {
      this.#journalEnd = 0;
      this.#journalInode = ino;
      this.#state = new LiveState();
      this.#tails.clear();
      this.#curvesAreOld = true;
    }
    for (;;) {
      const { lines, end } = await readLines(this.journalPath, this.#journalEnd);
      if (end === this.#journalEnd) break;
      this.#journalEnd = end;
      for (const line of lines) this.#apply(line);
    }
    this.#progress = await readProgress(this.folder);
    await this.#readResults();
    for (const { path } of this.#training()) {
      const tail = this.#tails.get(path) ?? new LossTail(path);
      this.#tails.set(path, tail);
      if (await tail.readOn()) this.#curvesAreOld = true;
    }
  }

  #apply(line: unknown): void {
    const event = asEvent(line);
    if (event === null) return;
    this.#state.apply(event);
    if (event.type === 'job-epoch' || event.type === 'job-finished') this.#curvesAreOld = true;
  }

  async #readResults(): Promise<void> {
    const { mtimeMs } = await stat(join(this.folder, 'results.json')).catch(() => ({ mtimeMs: 0 }));
    if (mtimeMs === this.#results.modifiedMs) return;
    // A damaged file is said by the report; the board goes without figures.
    const file = await readResults(this.folder).catch(() => null);
    this.#results = { modifiedMs: mtimeMs, file };
  }

  /** What trains now, or has trained where the run has one job only. */
  #training(): { readonly label: string; readonly path: string }[] {
    const { kind, jobs } = this.#state;
    if (kind === 'distill') return [{ label: 'training', path: join(this.folder, 'metrics.jsonl') }];
    return [...jobs.values()]
      .filter(({ status }) => status === 'running')
      .slice(0, MOST_TRAINING)
      .map(({ facts }) => ({
        label: facts.label,
        path: join(this.folder, 'jobs', facts.jobId, 'metrics.jsonl'),
      }));
  }

  async #drawCurves(nowMs: number): Promise<readonly Markup[]> {
    if (!this.#curvesAreOld || nowMs - this.#curves.madeMs < CURVES_EVERY_MS) return this.#curves.markup;
    this.#curvesAreOld = false;
    this.#draw ??= await loadDraw();
    const training = this.#training().flatMap(({ label, path }) => {
      const tail = this.#tails.get(path);
      if (tail === undefined) return [];
      const { loss, validationLoss } = tail;
      return [{ label, loss: thinOut(loss), validationLoss: thinOut(validationLoss) }];
    });
    const markup = await drawCurves([...this.#state.jobs.values()], training, this.#draw);
    this.#curves = { markup, madeMs: nowMs };
    return markup;
  }
}
