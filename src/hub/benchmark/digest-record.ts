/** Digests of benchmark files seen on their first download, kept in the user's cache. */
import { join } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../../config/environment.js';
import { FsaError } from '../../errors.js';
import { readTextIfThere } from '../../storage/read-text.js';
import { writeWithFolder } from '../cache/layout.js';

const fileSchema = z.object({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const recordSchema = z.object({ schema: z.literal(1), files: z.record(z.string(), fileSchema) });

export type SeenFile = z.infer<typeof fileSchema>;
/** By `<owner>/<repository>/<commit>/<path>`. */
export type SeenFiles = Readonly<Record<string, SeenFile>>;

const recordPath = (): string => join(cacheFolder(), 'benchmark-digests.json');

/** @throws FsaError STORAGE when the record is there and damaged: what it guards would go unchecked */
export async function readSeenFiles(): Promise<SeenFiles> {
  const text = await readTextIfThere(recordPath());
  if (text === null) return {};
  try {
    return recordSchema.parse(JSON.parse(text)).files;
  } catch (cause) {
    throw new FsaError('STORAGE', 'The record of benchmark digests is damaged.', {
      where: recordPath(),
      advice: 'Remove the file: the next download records the digests anew.',
      cause,
    });
  }
}

export async function writeSeenFiles(fresh: SeenFiles): Promise<void> {
  if (Object.keys(fresh).length === 0) return;
  const files = { ...(await readSeenFiles()), ...fresh };
  await writeWithFolder(recordPath(), `${JSON.stringify({ schema: 1, files }, null, 2)}\n`);
}
