/** What the formats share that write `sentence####annotation` on a line. */
import { RowFault } from '../row.js';

/** Cut at the last mark: a sentence may hold one, an annotation only inside a string. @throws RowFault */
export function cutAtMark(line: string): readonly [text: string, annotation: string] {
  const at = line.lastIndexOf('####');
  if (at === -1) throw new RowFault('the line has no ####');
  const text = line.slice(0, at);
  if (text.trim() === '') throw new RowFault('there is no sentence before ####');
  return [text, line.slice(at + 4).trim()];
}
