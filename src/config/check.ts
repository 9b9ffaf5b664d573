/** Checks one layer of settings against the schema: every problem at once, in the words of the user's keys. */
import { z } from 'zod';
import { hideKeys, printableLine, shorten } from '../printable.js';
import { describeType, settingKeys } from './describe.js';
import { nearestName } from './nearest.js';

export type KeyPath = readonly (string | number)[];

export interface Problem {
  readonly path: KeyPath;
  /** Whether the key itself or its value is wrong: the place to point at. */
  readonly at: 'key' | 'value';
  readonly sentence: string;
}

/** Problems of a layer, in which every setting may be absent. */
export function findProblems(schema: z.ZodType, value: unknown, path: KeyPath = []): Problem[] {
  if (value === undefined) return [];
  if (schema instanceof z.ZodObject) return findProblemsOfObject(schema, value, path);
  if (schema instanceof z.ZodRecord && isPlainObject(value)) {
    return Object.keys(value).flatMap((name) =>
      name === '__proto__' || name.trim() === ''
        ? [{ path: [...path, name], at: 'key', sentence: `${JSON.stringify(name)} cannot be a name` }]
        : findProblems(schema.valueType as z.ZodType, value[name], [...path, name]),
    );
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    const problems = value.flatMap((item: unknown, index) =>
      item === undefined
        ? [wrongValue(schema.element as z.ZodType, item, [...path, index])]
        : findProblems(schema.element as z.ZodType, item, [...path, index]),
    );
    // Where every item is right, the list itself may be too short.
    if (problems.length > 0) return problems;
  }
  return schema.safeParse(value).success ? [] : [wrongValue(schema, value, path)];
}

function findProblemsOfObject(schema: z.ZodObject, value: unknown, path: KeyPath): Problem[] {
  // A section with nothing below its name is null in YAML.
  if (value === null) return [];
  if (!isPlainObject(value)) {
    const name = path.length === 0 ? 'The configuration' : formatKey(path);
    return [{ path, at: 'value', sentence: `${name} must be a map of settings, not ${show(value)}` }];
  }
  let unknown = 0;
  const problems = Object.keys(value).flatMap((key) => {
    if (Object.hasOwn(schema.shape, key))
      return findProblems(schema.shape[key] as z.ZodType, value[key], [...path, key]);
    unknown += 1;
    return unknown > MOST_EXPLAINED
      ? []
      : [{ path: [...path, key], at: 'key', sentence: explainUnknown(schema, [...path, key]) } as const];
  });
  if (unknown <= MOST_EXPLAINED) return problems;
  const sentence = `${unknown - MOST_EXPLAINED} more keys are no settings either`;
  return [...problems, { path, at: 'key', sentence }];
}

/** A file of something else altogether: its first keys say so as well as all of them. */
const MOST_EXPLAINED = 20;

function explainUnknown(schema: z.ZodObject, path: KeyPath): string {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const here = nearestName(key, Object.keys(schema.shape));
  const guess = here === null ? nearestElsewhere(key) : formatKey([...parent, here]);
  const unknown = `${formatKey(path)} is not a setting`;
  if (SECRET_NAME.test(key))
    return `${unknown}: a key stands in no file and no command, llm.keyFrom names the variable that holds it`;
  if (guess !== null) return `${unknown}; did you mean ${guess}?`;
  if (parent.length > 0) return `${unknown} of ${formatKey(parent)}`;
  return `${unknown}; there are ${new Intl.ListFormat('en').format(Object.keys(schema.shape))}`;
}

/** How people would name a key itself, which is no setting. */
export const SECRET_NAME = /^(key|token|secret|password|api_?key|access_?token|auth(orization)?)$/i;

/** A setting written one level too high or too low. */
function nearestElsewhere(key: string): string | null {
  const places = settingKeys().map((full) => ({ full, last: full.split('.').at(-1) ?? full }));
  const exact = places.filter(({ last }) => last.toLowerCase() === key.toLowerCase());
  return exact.length === 0 ? null : exact.map(({ full }) => full).join(' or ');
}

function wrongValue(schema: z.ZodType, value: unknown, path: KeyPath): Problem {
  const digits = typeof value === 'string' && /^\d+(_\d+)+$/.test(value) ? value.replaceAll('_', '') : null;
  const tooLong = typeof value === 'bigint' ? `; integers go up to ${Number.MAX_SAFE_INTEGER}` : '';
  const hint = digits === null ? tooLong : `; write ${digits}`;
  const sentence = `${formatKey(path)} must be ${describeType(schema)}, not ${show(value)}${hint}`;
  return { path, at: 'value', sentence };
}

/** `eval.seeds[2]`. */
export function formatKey(path: KeyPath): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? short(part) : `${text}.${short(part)}`,
    '',
  );
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return short(String(value));
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  if (typeof value === 'string') return short(hideKeys(JSON.stringify(value)));
  return value === null ? 'null' : typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
}

/** On one line, printable, and short. */
function short(text: string): string {
  return shorten(printableLine(text), 60);
}
