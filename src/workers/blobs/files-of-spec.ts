/** Which files a job reads and writes, by the marks that its fields carry (rpc/jobs/fields.ts). */
import { join } from 'node:path';
import type { z } from 'zod';
import { jobSpec } from '../../rpc/jobs/registry.js';
import type { JobSpec } from '../../rpc/messages.js';
import type { Offer } from './shelf.js';

export interface JobFiles {
  /** By content. */
  readonly read: readonly Offer[];
  /** Files and folders. */
  readonly written: readonly string[];
}

const SHAPES: ReadonlyMap<string, Readonly<Record<string, z.ZodType>>> = new Map(
  jobSpec.options.map(({ shape }) => [shape.kind.value, shape]),
);

export function filesOf(spec: JobSpec): JobFiles {
  const written: string[] = [];
  for (const [field, schema] of Object.entries(SHAPES.get(spec.kind) ?? {})) {
    const value = (spec as unknown as Record<string, unknown>)[field];
    if (schema.meta()?.['written'] === true && typeof value === 'string') written.push(value);
  }
  const model =
    'modelFiles' in spec
      ? spec.modelFiles.map(({ name, sha256 }) => ({ sha256, path: join(spec.model, name) }))
      : [];
  return { read: [...model, ...Object.values(spec).flatMap(pairsIn)], written };
}

function pairsIn(value: unknown): Offer[] {
  if (Array.isArray(value)) return value.flatMap(pairsIn);
  if (typeof value !== 'object' || value === null || !('path' in value) || !('sha256' in value)) return [];
  const { path, sha256 } = value as Offer;
  return [{ path, sha256 }];
}
