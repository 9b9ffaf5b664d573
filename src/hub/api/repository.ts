/** A repository on the hub: what it is called, where it lies on the network and in the cache. */
import { FsaError } from '../../errors.js';
import { unsafeNameReason } from './safe-names.js';

export type RepositoryKind = 'model' | 'dataset';

export interface Repository {
  readonly kind: RepositoryKind;
  /** `owner/name`, or a bare name for the few old ones. */
  readonly id: string;
}

const ID = /^[A-Za-z0-9][\w.-]{0,95}(\/[A-Za-z0-9][\w.-]{0,95})?$/;
const COMMIT = /^[0-9a-f]{40}$/;

/** Whether a word may be the `owner/name` of a repository; it may as well be a path. */
export const isRepositoryId = (word: string): boolean => word.includes('/') && ID.test(word);

/** @throws FsaError USAGE when the id cannot be one of the hub's */
export function checkRepository(kind: RepositoryKind, id: string): Repository {
  if (!ID.test(id) || id.includes('--') || id.includes('..') || /(\.|-|\.git)$/.test(id)) {
    throw new FsaError('USAGE', `${JSON.stringify(id)} is not the name of a repository on the hub.`, {
      advice: 'Write it as owner/name, for example google-t5/t5-base.',
    });
  }
  return { kind, id };
}

/** @throws FsaError USAGE when the revision could not be a branch, tag or commit, or not be kept in a file */
export function checkRevision(revision: string): string {
  const reason = unsafeNameReason(revision);
  if (reason === null) return revision;
  throw new FsaError('USAGE', `${JSON.stringify(revision)} cannot be a revision: ${reason}.`, {
    advice: 'Name a branch, a tag or a commit.',
  });
}

export const isCommit = (revision: string): boolean => COMMIT.test(revision);

/** The folder name that every client of the hub uses, for example `models--google-t5--t5-base`. */
export function cacheFolderName({ kind, id }: Repository): string {
  return `${kind}s--${id.replaceAll('/', '--')}`;
}

/** Address of one file at one commit. */
export function fileUrl(endpoint: string, { kind, id }: Repository, commit: string, path: string): string {
  const prefix = kind === 'model' ? '' : 'datasets/';
  return `${endpoint}/${prefix}${id}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** The page a person opens, to accept conditions or to look. */
export function pageUrl(endpoint: string, { kind, id }: Repository): string {
  return `${endpoint}/${kind === 'model' ? '' : 'datasets/'}${id}`;
}

/** The command that downloads a repository. */
export function downloadCommand({ kind, id }: Repository, revision: string | null = null): string {
  const what = kind === 'model' ? 'model' : 'corpus';
  return `fsa download ${what} --repo ${id}${revision === null ? '' : ` --revision ${revision}`}`;
}
