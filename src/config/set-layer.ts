/** `--set key=value` as a layer of settings. */
import { z } from 'zod';
import { hideKeys } from '../printable.js';
import { SECRET_NAME } from './check.js';
import { configSchema } from './schema.js';
import type { LayerResult } from './layer.js';
import { readYaml } from './yaml-value.js';

/**
 * The value is YAML: `5`, `null`, `[42, 52]`, `{ base: google-t5/t5-base }`. Dots part the key, except in
 * the names of a map (`eval.models.my.model=…`).
 */
export function readSetLayer(assignment: string): LayerResult {
  const equals = assignment.indexOf('=');
  const key = assignment.slice(0, Math.max(0, equals));
  const path = equals < 0 ? [] : splitKey(key.trim());
  const isSecret = SECRET_NAME.test(path.at(-1) ?? '');
  const where = `--set ${isSecret ? `${key}=…` : hideKeys(assignment)}`;
  if (path.length === 0 || path.includes('')) {
    return { problems: [`${where}: It must read key=value, such as distill.steps=500`] };
  }
  const read = readYaml(assignment.slice(equals + 1));
  if (!('value' in read)) {
    return { problems: read.map(({ sentence }) => `${where}: The value is not YAML: ${sentence}`) };
  }
  return { layer: { value: nest(path, read.value), locate: () => where, folder: null } };
}

function splitKey(key: string): string[] {
  const parts = key.split('.');
  let schema: unknown = configSchema;
  for (const [index, part] of parts.entries()) {
    if (schema instanceof z.ZodRecord) return [...parts.slice(0, index), parts.slice(index).join('.')];
    if (!(schema instanceof z.ZodObject) || !Object.hasOwn(schema.shape, part)) break;
    schema = schema.shape[part];
  }
  return parts;
}

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => {
    const outer = Object.create(null) as Record<string, unknown>;
    outer[key] = inner;
    return outer;
  }, value);
}
