/** The parts of a page that the benchmark writes: what stands between two comments of a name. */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../src/storage/atomic-write.js';

/** `bench`: the tables; `curves`: the curves; `profile`: where a step's time goes. */
const BLOCKS = ['bench', 'curves', 'profile'] as const;
export type BlockName = (typeof BLOCKS)[number];

/** @throws Error where the comments are not there once each, in order */
export function replaceBlock(page: string, name: BlockName, text: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [before, rest, ...more] = page.split(begin);
  const [, after, ...evenMore] = (rest ?? '').split(end);
  if (before === undefined || after === undefined || more.length + evenMore.length > 0)
    throw new Error(`The page needs one "${begin}" and, after it, one "${end}".`);
  return `${before}${begin}\n\n${text}\n\n${end}${after}`;
}

/** Writes the given parts into a page; a part that is null stays as it is. */
export async function rewritePage(
  path: string,
  parts: Readonly<Record<BlockName, string | null>>,
): Promise<void> {
  let page = await readFile(path, 'utf8');
  for (const name of BLOCKS) {
    const text = parts[name];
    if (text !== null) page = replaceBlock(page, name, text);
  }
  await writeFileAtomic(path, page);
}
