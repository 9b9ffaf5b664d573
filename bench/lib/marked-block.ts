/** The parts of a page that the benchmark writes: what stands between two comments of a name. */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../src/storage/atomic-write.js';

/** `bench`: the tables; `curves`: the curves; `profile`: where a step's time goes; `products`:
 * its products, a section for each kind of processor. */
const BLOCKS = ['bench', 'curves', 'profile', 'products'] as const;
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

/** Puts a section of a heading into a block, in place of the one that is there, or behind the others. */
export function replaceSection(page: string, name: BlockName, heading: string, text: string): string {
  const begin = `<!-- ${name}: begin -->`;
  const before = page.split(begin)[1]?.split(`<!-- ${name}: end -->`)[0] ?? '';
  const sections = before.split(/^#### /m).filter((section) => section.trim() !== '');
  const mine = `${heading}\n\n${text}\n\n`;
  const place = sections.findIndex((section) => section.startsWith(`${heading}\n`));
  const all = place < 0 ? [...sections, mine] : sections.with(place, mine);
  return replaceBlock(page, name, all.map((section) => `#### ${section.trim()}`).join('\n\n'));
}

/** Writes the given parts into a page; a part that is null stays as it is, and so do other kinds' products. */
export async function rewritePage(
  path: string,
  parts: Readonly<Record<BlockName, string | null>>,
  kind: string,
): Promise<void> {
  let page = await readFile(path, 'utf8');
  for (const name of BLOCKS) {
    const text = parts[name];
    if (text === null) continue;
    page = name === 'products' ? replaceSection(page, name, kind, text) : replaceBlock(page, name, text);
  }
  await writeFileAtomic(path, page);
}
