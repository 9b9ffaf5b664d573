/** Words from outside (the command line, JavaScript callers) against the lists they must come from. */
import { FsaError } from '../errors.js';

/** @throws FsaError USAGE naming the words there are */
export function requireChoice(option: string, value: string, words: readonly string[]): void {
  if (words.includes(value)) return;
  const given = value === '' ? `${option} is missing.` : `${option} is ${JSON.stringify(value)}.`;
  throw new FsaError('USAGE', given, { advice: `Choose ${words.join(' or ')}.` });
}
