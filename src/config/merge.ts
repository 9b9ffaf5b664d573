/** Lays checked layers of settings over each other. */
import { z } from 'zod';
import { isPlainObject } from './check.js';

/**
 * The settings below with those above laid over them: maps are merged key by key, lists and single values
 * replaced. Neither argument is changed or shared. `above` has passed `findProblems`.
 */
export function mergeSettings(schema: z.ZodType, below: unknown, above: unknown): unknown {
  // A section with nothing below its name is null in YAML.
  const isEmpty = above === undefined || (above === null && schema instanceof z.ZodObject);
  if (isEmpty) return structuredClone(below);
  const isMap = schema instanceof z.ZodObject || schema instanceof z.ZodRecord;
  if (!isMap || !isPlainObject(above) || !isPlainObject(below)) return structuredClone(above);
  const merged: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(below), ...Object.keys(above)])) {
    const inner = (schema instanceof z.ZodObject ? schema.shape[key] : schema.valueType) as z.ZodType;
    merged[key] = mergeSettings(inner, below[key], above[key]);
  }
  return merged;
}

/** Paths of the single settings that a layer holds. */
export function leafPaths(schema: z.ZodType, value: unknown, path: readonly string[] = []): string[][] {
  if (value === undefined || (value === null && schema instanceof z.ZodObject)) return [];
  const isMap = schema instanceof z.ZodObject || schema instanceof z.ZodRecord;
  if (!isMap || !isPlainObject(value)) return [[...path]];
  return Object.keys(value).flatMap((key) => {
    const inner = (schema instanceof z.ZodObject ? schema.shape[key] : schema.valueType) as z.ZodType;
    return leafPaths(inner, value[key], [...path, key]);
  });
}
