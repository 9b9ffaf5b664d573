/** `fsa push`: a student and its card as one commit on the hub. */
import { basename, join } from 'node:path';
import { FsaError } from '../../errors.js';
import { checkRepository } from '../../hub/api/repository.js';
import { pushFiles, requireToken } from '../../hub/upload/push-files.js';
import type { PushedFile } from '../../hub/upload/sent-files.js';
import { checkStudentFiles, STUDENT_FILE, type StudentFile } from '../../inference/student-file.js';
import type { TransferLimits } from '../../net/limits.js';
import { tellRefusal } from '../run/dry-run.js';
import type { Work } from '../run/run-handle.js';
import { baseModelOf, checkTitle, makeCard, type CardOptions } from './card.js';

export interface PushOptions extends Omit<CardOptions, 'output' | 'repo'> {
  /** `owner/name`. */
  readonly repo: string;
  /** Of a repository that is made for this. */
  readonly private?: boolean;
  /** Title of the commit. */
  readonly message?: string;
  /** Ask nothing and send nothing: only say what would be. */
  readonly dryRun?: boolean;
}

export interface PushResult {
  readonly repo: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly card: string;
  /** Null for a dry run. */
  readonly commit: string | null;
  /** The page a person opens; null for a dry run. */
  readonly page: string | null;
}

/**
 * Sends the files that fsa.json names, fsa.json without paths of this machine, and the card; nothing else of a run.
 * @throws FsaError USAGE, CONFIG where the folder is damaged, DOWNLOAD where the hub refuses
 */
export async function push(
  options: PushOptions,
  { emit, signal }: Work,
  limits: Partial<TransferLimits> = {},
): Promise<PushResult> {
  const repository = checkRepository('model', options.repo);
  if (!repository.id.includes('/'))
    throw new FsaError('USAGE', `The repository ${repository.id} names no owner.`, {
      where: '--repo',
      advice: 'Write it as owner/name.',
    });
  const name = checkTitle(options.name ?? basename(repository.id), 'name');
  const message = checkTitle(options.message ?? `Add ${name}`, 'message');
  const { card, folder, student } = await makeCard({ ...options, name }, { signal });
  await checkStudentFiles(folder, student, true);
  const files = gatherFiles(folder, student, card);
  const facts = { repo: repository.id, files: files.map(({ path, bytes }) => ({ path, bytes })), card };
  if (options.dryRun === true) {
    await tellRefusal(() => void requireToken(), emit);
    return { ...facts, commit: null, page: null };
  }
  const pushed = await pushFiles({
    repository,
    files,
    message,
    private: options.private ?? false,
    card,
    emit,
    signal,
    limits,
  });
  return { ...facts, ...pushed };
}

/** The files that make the student, in the order of fsa.json; then fsa.json itself and the card. */
function gatherFiles(folder: string, student: StudentFile, card: string): PushedFile[] {
  const files = Object.entries(student.files)
    .filter(([name]) => name !== 'README.md')
    .map(([name, { bytes, sha256 }]) => ({ path: name, source: join(folder, name), bytes, sha256 }));
  const text = (path: string, content: string): PushedFile => ({
    path,
    text: content,
    bytes: Buffer.byteLength(content),
  });
  return [
    ...files,
    text(STUDENT_FILE, `${JSON.stringify(withoutPaths(student), null, 2)}\n`),
    text('README.md', card),
  ];
}

/** Where the starting model lay on this machine is nobody else's business. */
function withoutPaths(student: StudentFile): StudentFile {
  const start = student.trainedOn?.['startingModel'];
  if (typeof start !== 'string') return student;
  const startingModel = baseModelOf(start) ?? basename(start);
  return { ...student, trainedOn: { ...student.trainedOn, startingModel } };
}
