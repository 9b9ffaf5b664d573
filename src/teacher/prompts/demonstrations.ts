/** Worked examples shown to the teacher, a JSON line each: ours for two domains, or the user's own file. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PACKAGE_FOLDER } from '../../config/package-folder.js';
import { decodeUtf8 } from '../../data/formats/bytes.js';
import { readRowJson } from '../../data/formats/row-json.js';
import { FsaError } from '../../errors.js';
import { readAnalysis } from './analysis-form.js';
import { KINDS, type Kind } from './kinds.js';

export interface Demonstration {
  readonly domain: string;
  readonly kind: Kind;
  readonly review: string;
  readonly answer: string;
}

const demonstrationSchema = z.strictObject({
  domain: z.string().min(1),
  kind: z.enum(KINDS),
  review: z.string().min(1),
  answer: z.string().min(1),
});

export const OWN_DEMONSTRATIONS = join(PACKAGE_FOLDER, 'datasets/demonstrations');

/**
 * The demonstrations of a domain that fsa brings, or of a file.
 * @param file overrides the domain's own
 * @throws FsaError DATA naming the line that a teacher would learn a fault from; CONFIG where a kind has none
 */
export async function readDemonstrations(
  domain: string,
  file: string | null,
  kinds: readonly Kind[],
): Promise<Demonstration[]> {
  const path = file ?? join(OWN_DEMONSTRATIONS, `${domain}.jsonl`);
  if (!existsSync(path)) {
    const what =
      file === null ? `There are no demonstrations for the domain ${domain}.` : 'There is no such file.';
    throw new FsaError('CONFIG', what, {
      where: file === null ? 'teach.domain' : path,
      advice: `Copy ${join(OWN_DEMONSTRATIONS, 'template.jsonl')}, write your own, and name the file with teach.demonstrations.`,
    });
  }
  const lines = decodeUtf8(await readFile(path), path).split(/\r?\n/);
  const found = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [readDemonstration(line, `${path}:${index + 1}`)],
  );
  for (const kind of kinds) {
    if (found.some((demonstration) => demonstration.kind === kind)) continue;
    throw new FsaError('CONFIG', `No demonstration shows the kind ${kind}.`, {
      where: path,
      advice: `Add one, or ask for fewer kinds with teach.kinds (there are ${KINDS.join(' and ')}).`,
    });
  }
  return found;
}

function readDemonstration(line: string, where: string): Demonstration {
  const fail = (what: string): never => {
    throw new FsaError('DATA', what, {
      where,
      advice: 'Correct the line: the teacher would copy its fault into every answer. Nothing was asked yet.',
    });
  };
  const read = readRowJson(line);
  if ('fault' in read) return fail(`A demonstration cannot be read: ${read.message}.`);
  const parsed = demonstrationSchema.safeParse(read.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail(
      `A demonstration is wrong at ${issue?.path.join('.') || 'its keys'}: ${issue?.message ?? ''}.`,
    );
  }
  if (parsed.data.kind === 'analysis') {
    const { blocks, runsOn } = readAnalysis(parsed.data.answer);
    if (blocks.length === 0 || runsOn) return fail('A demonstration is not in the form of an analysis.');
    const off = blocks.find(({ onScale }) => !onScale);
    if (off !== undefined)
      return fail(`A demonstration uses the label ${JSON.stringify(off.label)}, which is not on the scale.`);
  }
  return parsed.data;
}
