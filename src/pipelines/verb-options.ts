/**
 * The door of the library: the options of every verb, checked before the verb is loaded, since JavaScript callers
 * have no compiler. A wrong one ends in an `FsaError` that names it, whatever the verb would have made of it.
 * What is right in type and wrong in the world (a file that is not there) is the verb's affair.
 */
import type { z } from 'zod';
import { kindOf, kindWanted, placeOf, valueAt } from '../config/kind-words.js';
import { nearestName } from '../config/nearest.js';
import { FsaError } from '../errors.js';
import { isObject, text, VERBS } from './verb-schemas.js';

export type Verb = keyof typeof VERBS;

/** @throws FsaError USAGE naming every option that is wrong, in the library's own words */
export function checkOptions(verb: Verb, options: unknown): void {
  if (!isObject(options)) {
    throw new FsaError('USAGE', `The options of ${verb} are ${describe(options)}, not an object.`);
  }
  const schema = VERBS[verb]();
  const { error } = schema.safeParse(options);
  if (error === undefined) return;
  const names = Object.keys(schema.shape);
  const problems = error.issues.flatMap((issue) => sentencesOf(issue, options, names));
  const [first = ''] = problems;
  throw new FsaError(
    'USAGE',
    problems.length === 1
      ? `An option of ${verb} is wrong: ${first}.`
      : `${problems.length} options of ${verb} are wrong.`,
    {
      ...(problems.length === 1 ? {} : { problems }),
      advice:
        names.length === 0
          ? `${verb} takes no options.`
          : 'Nothing was started: correct it and call it again.',
    },
  );
}

/** @throws FsaError USAGE where a text that is needed is none */
export function requireText(what: string, value: unknown): void {
  if (text.safeParse(value).success) return;
  throw new FsaError('USAGE', `${what} is ${describe(value)}, not a string that can be used.`);
}

function sentencesOf(issue: z.core.$ZodIssue, options: unknown, names: readonly string[]): string[] {
  const place = placeOf(issue.path);
  const value = valueAt(issue.path, options);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const meant = nearestName(key, names);
      return `there is no option ${JSON.stringify(key)}${meant === null ? '' : `; did you mean ${meant}?`}`;
    });
  }
  if (value === undefined) return [`${place} is missing`];
  const said = `${place} is ${describe(value)}`;
  if (issue.code === 'invalid_type') return [`${said}, not ${kindWanted(issue.expected)}`];
  if (issue.code === 'invalid_value') return [`${said}: choose ${issue.values.map(String).join(' or ')}`];
  if (issue.code === 'too_small') return [`${said}: the least is ${String(issue.minimum)}`];
  if (issue.code === 'too_big') return [`${said}: the most is ${String(issue.maximum)}`];
  return [`${place} ${issue.message}`];
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return kindOf(value);
}
