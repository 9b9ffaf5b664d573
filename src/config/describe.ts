/** The settings in words: what a value may be, and the list of all of them. */
import { z } from 'zod';
import { PRESETS, type PresetName } from './presets.js';
import { configSchema } from './schema.js';

export interface SettingDescription {
  /** `distill.steps`. */
  readonly key: string;
  /** `a whole number of at least 1`. */
  readonly type: string;
  /** The preset's value, as it is written in YAML. */
  readonly default: string;
  readonly description: string;
}

/** Every setting in the order of the schema, with the defaults of a preset. */
export function configReference(preset: PresetName = 'paper'): SettingDescription[] {
  return listSettings(configSchema, PRESETS[preset], []);
}

function listSettings(schema: z.ZodObject, values: object, path: readonly string[]): SettingDescription[] {
  return Object.entries(schema.shape).flatMap(([key, inner]) => {
    const value: unknown = (values as Record<string, unknown>)[key];
    if (inner instanceof z.ZodObject) return listSettings(inner, value as object, [...path, key]);
    const type = describeType(inner as z.ZodType);
    const description = (inner as z.ZodType).description ?? '';
    return [{ key: [...path, key].join('.'), type, default: JSON.stringify(value), description }];
  });
}

/** The keys of all settings, dotted; settings that are maps of the user's own names end there. */
export function settingKeys(): string[] {
  return configReference().map(({ key }) => key);
}

/** The part of JSON Schema that the settings use. */
interface TypeSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly items?: TypeSchema;
  readonly additionalProperties?: TypeSchema | boolean;
  readonly anyOf?: readonly TypeSchema[];
}

/** `a number above 0 and at most 1`, `one of bf16, fp32`, `text or null`. */
export function describeType(schema: z.ZodType): string {
  return putInWords(z.toJSONSchema(schema) as TypeSchema);
}

function putInWords(schema: TypeSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(putInWords).join(' or ');
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.map((type) => nameType(type, schema)).join(' or ');
}

function nameType(type: string, schema: TypeSchema): string {
  switch (type) {
    case 'integer':
      return `a whole number${describeBounds(schema)}`;
    case 'number':
      return `a number${describeBounds(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list, each item ${putInWords(schema.items ?? {})}`;
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? `a map of names, each with ${putInWords(schema.additionalProperties)}`
        : 'a map of settings';
    case 'string':
      return 'text';
    default:
      return type;
  }
}

function describeBounds({ minimum, exclusiveMinimum, maximum }: TypeSchema): string {
  // Whole numbers are bounded by what a double can hold; nobody needs to read that.
  const top = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? null : maximum;
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  if (least !== undefined) return top === null ? ` of at least ${least}` : ` from ${least} to ${top}`;
  if (exclusiveMinimum === undefined) return top === null ? '' : ` of at most ${top}`;
  return top === null ? ` above ${exclusiveMinimum}` : ` above ${exclusiveMinimum} and at most ${top}`;
}
