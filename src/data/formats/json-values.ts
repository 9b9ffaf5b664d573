/** Looking into raw JSON values, and naming them in messages. */

export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own property; keys such as `__proto__` or `constructor` never reach the prototype. */
export function own(value: Json, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A value as it may stand in a message: short, and never as raw lines. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

export function expected(key: string, what: string, value: unknown): string {
  return value === undefined ? `${key} is missing` : `${key} should be ${what}, not ${nameOf(value)}`;
}

export function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value === '') return 'an empty text';
  return { string: 'a text', object: 'an object' }[typeof value as string] ?? `a ${typeof value}`;
}
