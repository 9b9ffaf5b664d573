/**
 * Whether a value is sure to fit a schema, sooner than Zod says so, which took a quarter of what the thousands of
 * records and texts of a cell cost the main thread. What is not sure is Zod's to judge, which also says what is wrong; so is every schema that says
 * more than is known here.
 */
import { z } from 'zod';

/** True where the value fits; false says nothing. */
export type QuickCheck = (value: unknown) => boolean;

type JsonSchema = Readonly<Record<string, unknown>>;

/** @param schema of JSON values, without transforms */
export function quickCheckOf(schema: z.ZodType): QuickCheck {
  return checkOf(z.toJSONSchema(schema, { io: 'input' }));
}

const UNSURE: QuickCheck = () => false;
/** What explains a schema and asks for nothing. */
const REMARKS = new Set(['$schema', 'title', 'description']);

function checkOf(schema: JsonSchema): QuickCheck {
  const { type, anyOf, enum: values, ...asked } = schema;
  if (Array.isArray(type)) return anyCheck(type.map((one: unknown) => ({ ...schema, type: one })));
  const names = Object.keys(asked).filter((name) => !REMARKS.has(name));
  const knows = (...known: readonly string[]): boolean => names.every((name) => known.includes(name));
  if (Array.isArray(anyOf) && type === undefined && knows()) return anyCheck(anyOf as JsonSchema[]);
  if (Array.isArray(values) && type === 'string' && knows()) return (value) => values.includes(value);
  if (type === 'string' && knows('const') && 'const' in asked) return (value) => value === asked['const'];
  if (type === 'null' && knows()) return (value) => value === null;
  if (type === 'boolean' && knows()) return (value) => typeof value === 'boolean';
  if (type === 'string' && knows('minLength', 'maxLength', 'pattern')) return stringCheck(asked);
  if ((type === 'number' || type === 'integer') && knows('minimum', 'maximum'))
    return numberCheck(asked, type === 'integer');
  if (type === 'array' && knows('items', 'minItems')) return listCheck(asked);
  if (type === 'object' && knows('properties', 'required', 'additionalProperties')) return objectCheck(asked);
  return UNSURE;
}

function anyCheck(schemas: readonly JsonSchema[]): QuickCheck {
  const checks = schemas.map(checkOf);
  return (value) => {
    for (const check of checks) if (check(value)) return true;
    return false;
  };
}

function stringCheck({ minLength = 0, maxLength = Infinity, pattern }: JsonSchema): QuickCheck {
  const [least, most] = [Number(minLength), Number(maxLength)];
  const fits = typeof pattern === 'string' ? new RegExp(pattern) : null;
  return (value) =>
    typeof value === 'string' &&
    value.length >= least &&
    value.length <= most &&
    (fits === null || fits.test(value));
}

function numberCheck({ minimum = -Infinity, maximum = Infinity }: JsonSchema, isWhole: boolean): QuickCheck {
  const [least, most] = [Number(minimum), Number(maximum)];
  const isNumber = isWhole ? Number.isSafeInteger : Number.isFinite;
  return (value) => isNumber(value) && (value as number) >= least && (value as number) <= most;
}

function listCheck({ items, minItems = 0 }: JsonSchema): QuickCheck {
  const [check, least] = [checkOf(items as JsonSchema), Number(minItems)];
  return (value) => {
    if (!Array.isArray(value) || value.length < least) return false;
    for (const item of value) if (!check(item)) return false;
    return true;
  };
}

/** Of an object that has all its properties and no others. */
function objectCheck({ properties = {}, required = [], additionalProperties }: JsonSchema): QuickCheck {
  const fields = Object.entries(properties as Record<string, JsonSchema>);
  if (additionalProperties !== false || (required as string[]).length !== fields.length) return UNSURE;
  const checks = fields.map(([name, schema]) => [name, checkOf(schema)] as const);
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    if (Array.isArray(value) || Object.keys(value).length !== checks.length) return false;
    for (const [name, check] of checks)
      if (!check((value as Readonly<Record<string, unknown>>)[name])) return false;
    return true;
  };
}
