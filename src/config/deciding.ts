/**
 * Which settings decide a result. Said once, at each setting's schema (`schema.ts`): a setting without a mark
 * decides. A run's identity, its jobs' ids and the report's series all ask here.
 */
import type { z } from 'zod';

/**
 * `axis`: one value per cell, which the cell itself carries. `nothing`: how the work is done, or where things
 * lie (their digests decide).
 */
type Mark = 'axis' | 'nothing';

/** Marks a setting that differs between cells of one run. */
export function axis<T extends z.ZodType>(setting: T): T {
  return setting.meta({ decides: 'axis' satisfies Mark });
}

/** Marks a setting that changes no result. */
export function decidesNothing<T extends z.ZodType>(setting: T): T {
  return setting.meta({ decides: 'nothing' satisfies Mark });
}

/** Whether another value of a setting gives another result; true for what a schema does not know. */
export function isDeciding(schema: z.ZodObject, name: string): boolean {
  const setting = schema.shape[name] as z.ZodType | undefined;
  return setting?.meta()?.['decides'] === undefined;
}

/** The settings that decide a result, in their order. */
export function decidingSettings(
  schema: z.ZodObject,
  settings: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => isDeciding(schema, name)));
}
