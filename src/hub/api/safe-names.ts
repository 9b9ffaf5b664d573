/**
 * Names that come over the network, checked before any becomes a path. A name is judged by the rules
 * of every operating system at once, so that a repository is either fine everywhere or refused everywhere.
 */
import { FsaError } from '../../errors.js';
import { printableJson, printableLine } from '../../printable.js';

const LONGEST_SEGMENT_BYTES = 255;
const LONGEST_NAME_BYTES = 1024;
/** Device names of Windows: reserved with any ending, so `nul.json` too. */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
// Control characters, and what Windows refuses in a name; the colon also guards drives and streams.
const FORBIDDEN = /[\u0000-\u001f\u007f<>:"|?*\\]/;

/** Why a name is unsafe as a path below a folder; null when it is safe. */
export function unsafeNameReason(name: string): string | null {
  if (name === '') return 'it is empty';
  if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) return `it is longer than ${LONGEST_NAME_BYTES} bytes`;
  if (/\p{Surrogate}/u.test(name)) return 'it is not valid Unicode';
  if (name.startsWith('/')) return 'it is an absolute path';
  if (name.includes('\\')) return 'it has a backslash';
  if (FORBIDDEN.test(name)) return 'it has a character that not every system allows';
  if (printableLine(name) !== name) return 'it has a character that acts on terminals';
  for (const segment of name.split('/')) {
    const reason = unsafeSegmentReason(segment);
    if (reason !== null) return reason;
  }
  return null;
}

function unsafeSegmentReason(segment: string): string | null {
  if (segment === '') return 'it has an empty folder name';
  if (segment === '.' || segment === '..') return 'it leaves its folder';
  if (/[. ]$/.test(segment)) return 'a part of it ends in a dot or a space';
  if (RESERVED.test(segment)) return 'a part of it is a reserved device name';
  if (Buffer.byteLength(segment) > LONGEST_SEGMENT_BYTES) return 'a part of it is too long';
  return null;
}

/**
 * Checks all names of a selection, together: each alone, and that no two fall on one file where case or
 * Unicode composition is not told apart, and that none is a folder of another.
 * @throws FsaError DOWNLOAD with one problem per bad name
 */
export function checkNames(names: readonly string[], where: string): void {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  for (const name of names) {
    const reason = unsafeNameReason(name);
    if (reason !== null) problems.push(`${shown(name)}: ${reason}`);
    const twin = seen.get(fold(name));
    if (twin !== undefined) problems.push(`${shown(name)}: falls on the same file as ${shown(twin)}`);
    seen.set(fold(name), name);
  }
  for (const name of names) {
    const segments = fold(name).split('/');
    for (let length = 1; length < segments.length; length += 1) {
      const file = seen.get(segments.slice(0, length).join('/'));
      if (file !== undefined) problems.push(`${shown(name)}: lies under ${shown(file)}, which is a file`);
    }
  }
  if (problems.length === 0) return;
  throw new FsaError('DOWNLOAD', 'The repository has file names that are not safe to write.', {
    where,
    problems: problems.slice(0, 20),
    advice: 'Nothing was written. Leave the files out with --exclude, or tell the owner of the repository.',
  });
}

const fold = (name: string): string => name.normalize('NFC').toLowerCase();

/** A name fit for a message. */
const shown = (name: string): string => printableJson(name.slice(0, 200));
