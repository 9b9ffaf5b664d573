/** A run folder as one object: lock, run.json, journal, and the folders of its jobs. */
import { join } from 'node:path';
import { lockingOfFolders } from '../config/environment.js';
import { FsaError } from '../errors.js';
import type { FsaEvent } from '../events.js';
import { Gate } from '../net/concurrency.js';
import { writeFileAtomic, writeJsonAtomic } from '../storage/atomic-write.js';
import { hashBytes } from '../storage/digest.js';
import { makeFolder, statIfThere } from '../storage/disk-calls.js';
import { sealFile, sealOf, type FileSeal } from '../storage/file-seal.js';
import { lockFolder, type FolderLock } from '../storage/folder-lock.js';
import { isOnLocalDisk } from '../storage/local-disk.js';
import { readSealedText, toSealedText } from '../storage/sealed-json.js';
import { basisOf } from './basis.js';
import { jsonOfResult } from './cell-results.js';
import { SyncAllowance } from './epoch-log.js';
import { stateForm } from './finished-state.js';
import { grownFrom, madeFurther } from './grown-run.js';
import { describeDifferences } from './identity.js';
import { readJobState } from './job-states.js';
import { Journal } from './journal.js';
import { readChecked } from './read-checked.js';
import { writeResultsFile, type ResultsToWrite } from './results-writer.js';
import { setAside } from './set-aside.js';
import { beginTerm } from './term.js';
import {
  resultsFileSchema,
  runFileSchema,
  type CellResult,
  type JobState,
  type ResultsFile,
  type RunFile,
} from './types.js';

export class RunFolder {
  private constructor(
    readonly folder: string,
    private readonly lock: FolderLock,
    private readonly journal: Journal,
    /** How many times the folder has been taken up, this time included: tells this time's attempts from earlier ones. */
    readonly term: number,
    /** Whether its disk is this machine's own. */
    readonly isLocal: boolean,
    /** run.json as it is to be once something is added; null where it says so already. */
    private readonly further: RunFile | null,
    private readonly file: RunFile,
  ) {}

  #named: Promise<void> | null = null;
  /** Ten thousand cells stand on a few. */
  readonly #bases = new Map<string, string>();

  /** Which scores of epochs wait for the disk. */
  readonly epochSyncs = new SyncAllowance();

  /** What ends of jobs go through: a thousand that end at once hold no more in memory than a few. */
  readonly endings = new Gate(ENDINGS_AT_ONCE);

  /**
   * Makes or takes up a run folder. A folder of another kind of run, or of one whose result would differ
   * (data, hyperparameters, lock), is refused with what differs; `replace` sets the old one aside instead.
   * @throws FsaError RUN_FOLDER
   */
  static async open(folder: string, run: RunFile, options: { replace: boolean }): Promise<RunFolder> {
    await makeFolder(folder, false);
    const lock = await lockFolder(folder, lockingOfFolders());
    let setAsideAt: string;
    try {
      const old = await readRunFile(folder);
      if (old === null || !options.replace) return await RunFolder.take(folder, { run, old, lock });
      setAsideAt = await setAside(folder);
    } catch (error) {
      await lock.release();
      throw error;
    }
    await lock.release(setAsideAt);
    return await RunFolder.open(folder, run, { replace: false });
  }

  /** Takes up what lies in a folder that is locked. */
  private static async take(
    folder: string,
    { run, old, lock }: { run: RunFile; old: RunFile | null; lock: FolderLock },
  ): Promise<RunFolder> {
    if (old !== null) refuseOther(folder, old, run);
    const grown = old === null ? run : grownFrom(old, run);
    await writeJsonAtomic(join(folder, RUN_FILE), grown);
    const [term, isLocal] = [await beginTerm(folder), await isOnLocalDisk(folder)];
    const journal = await Journal.open(join(folder, 'journal.ndjson'));
    const further = old === null ? null : madeFurther(grown, run);
    return new RunFolder(folder, lock, journal, term, isLocal, further, grown);
  }

  record(event: FsaEvent): void {
    this.journal.event(event);
  }

  /** Says in run.json by which command and on what the run goes on; one that adds nothing is not named there. */
  async nameMaker(): Promise<void> {
    if (this.further === null) return;
    this.#named ??= writeJsonAtomic(join(this.folder, RUN_FILE), this.further);
    await this.#named;
  }

  /** What a cell of this run stands on. */
  basisOf(cell: Pick<CellResult, 'model' | 'task' | 'dataset'>): string {
    const of = JSON.stringify([cell.model, cell.task, cell.dataset]);
    const basis = this.#bases.get(of) ?? basisOf(this.file, cell);
    this.#bases.set(of, basis);
    return basis;
  }

  /** Folder of a job, made when needed. */
  async jobFolder(jobId: string): Promise<string> {
    return (await this.openJob(jobId)).folder;
  }

  /** As `jobFolder`; one that is new has no state and nothing else. */
  async openJob(jobId: string): Promise<{ readonly folder: string; readonly isNew: boolean }> {
    await this.#requireFolder();
    const folder = join(this.folder, 'jobs', jobId);
    return { folder, isNew: await makeFolder(folder, this.isLocal) };
  }

  async readState(jobId: string): Promise<JobState | null> {
    return await readJobState(this.folder, jobId);
  }

  async writeState(state: StateBody): Promise<void> {
    await this.nameMaker();
    const path = join(this.folder, 'jobs', state.jobId, 'state.json');
    const basis = state.cell === null ? {} : { basis: this.basisOf(state.cell) };
    const [text, { isLocal }] = [textOfState({ ...state, ...basis }), this];
    try {
      await writeFileAtomic(path, text, { isLocal });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await this.jobFolder(state.jobId);
      await writeFileAtomic(path, text, { isLocal });
    }
  }

  /** Writes a file beside a job's state, whole, and says what it holds as `seal` would. It is there for good with the state. */
  async writeOutput(name: string, content: string | Uint8Array): Promise<Record<string, FileSeal>> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const options = { isNameSynced: false, isLocal: this.isLocal };
    try {
      const file = await writeFileAtomic(join(this.folder, name), bytes, options);
      return { [name]: sealOf(file, hashBytes(bytes)) };
    } catch (error) {
      await this.#requireFolder();
      throw error;
    }
  }

  /** Sizes and digests of files, by their paths below the run folder. */
  async seal(names: readonly string[]): Promise<Record<string, FileSeal>> {
    const seals: Record<string, FileSeal> = {};
    for (const name of names) seals[name] = await sealFile(join(this.folder, name));
    return seals;
  }

  async writeResults(results: ResultsToWrite): Promise<void> {
    await this.#requireFolder();
    await writeResultsFile(join(this.folder, RESULTS_FILE), results);
  }

  /** @throws FsaError RUN_FOLDER where it was moved or deleted: another by its name is not this run */
  async #requireFolder(): Promise<void> {
    if ((await statIfThere(join(this.folder, RUN_FILE), this.isLocal)) !== null) return;
    throw new FsaError('RUN_FOLDER', 'The run folder was moved or deleted while the run went on.', {
      where: this.folder,
      advice: 'Move it back and give the same command again: it goes on from what is there.',
    });
  }

  async close(): Promise<void> {
    try {
      await this.journal.close();
    } finally {
      await this.lock.release();
    }
  }
}

type StateBody = Omit<JobState, 'schema' | 'form' | 'basis' | 'updatedAt'>;

function textOfState(state: StateBody & Pick<JobState, 'basis'>): string {
  const whole: JobState = { schema: 1, form: stateForm(), ...state, updatedAt: new Date().toISOString() };
  return toSealedText(whole, state.cell === null ? {} : { cell: jsonOfResult(state.cell) });
}

const ENDINGS_AT_ONCE = 8;
const RUN_FILE = 'run.json';
const RESULTS_FILE = 'results.json';

/** What `RunFolder.open` would refuse of a folder's contents. @throws FsaError RUN_FOLDER */
export async function refuseOtherRun(folder: string, run: RunFile): Promise<void> {
  const old = await readRunFile(folder);
  if (old !== null) refuseOther(folder, old, run);
}

/** run.json of a folder; null where there is none. */
export async function readRunFile(folder: string): Promise<RunFile | null> {
  const advice = 'Restore the file, or choose another folder with --output.';
  return await readChecked(join(folder, RUN_FILE), (text) => runFileSchema.parse(JSON.parse(text)), advice);
}

/**
 * results.json of a folder; null where there is none.
 * @throws FsaError RUN_FOLDER where it is cut, rotten or edited: numbers that nobody measured are not shown
 */
export async function readResults(folder: string): Promise<ResultsFile | null> {
  const advice = 'Run the same `fsa eval` command again: it writes the file anew and measures nothing twice.';
  return await readChecked(
    join(folder, RESULTS_FILE),
    (text) => resultsFileSchema.parse(readSealedText(text)),
    advice,
  );
}

function refuseOther(folder: string, old: RunFile, now: RunFile): void {
  const problems = describeDifferences(old, now);
  if (problems.length === 0) return;
  throw new FsaError('RUN_FOLDER', 'The folder holds a run whose results would be different.', {
    where: folder,
    problems,
    advice:
      'Choose another folder with --output, undo the changes to go on with this run, or use --replace to set the old run aside and start anew.',
  });
}
