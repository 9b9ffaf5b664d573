/**
 * Marked spans and the relations between them, as annotation tools export them, as tuples. A region's label
 * says what it is: a polarity (`positive`), an aspect with one (`aspect##positive`, `aspect-positive`,
 * `ASPECT_POS`), an aspect whose polarity and category stand beside it, or an opinion.
 */
import { type ImportedTuple, RowFault, type Span } from '../row.js';

export interface Region {
  readonly span: Span;
  readonly label: string;
  /** Choices that the annotator made for this region. */
  readonly polarity?: string;
  readonly category?: string;
}

export interface Relation {
  readonly from: string;
  readonly to: string;
}

const OPINION = /^opinion/i;
const ASPECT = /^(?:aspect|target|term)(?:[_\s-]*(?:term))?(?:##|[-_:|\s]+)?(.*)$/i;

/**
 * One tuple for every aspect and each of its opinions. A label that is a polarity alone leaves no room for
 * opinions: they count as annotated beside labels of aspects only.
 */
export function tuplesOfRegions(
  regions: ReadonlyMap<string, Region>,
  relations: readonly Relation[],
): ImportedTuple[] {
  const opinionsOf = new Map<string, Span[]>();
  for (const { from, to } of relations) {
    const [head, child] = [regions.get(from), regions.get(to)];
    if (head === undefined || child === undefined)
      throw new RowFault('a relation leads to a region that is not there');
    const [aspect, opinion] = OPINION.test(head.label) ? [to, head] : [from, child];
    if (!OPINION.test(opinion.label)) continue;
    opinionsOf.set(aspect, [...(opinionsOf.get(aspect) ?? []), opinion.span]);
  }
  const tuples: ImportedTuple[] = [];
  for (const [key, region] of regions) {
    if (OPINION.test(region.label)) continue;
    const tuple = { term: region.span, polarity: polarityOf(region), ...categoryOf(region) };
    const opinions = opinionsOf.get(key) ?? (ASPECT.test(region.label) ? [null] : []);
    if (opinions.length > 0) tuples.push(...opinions.map((opinion) => ({ ...tuple, opinion })));
    else tuples.push(tuple);
  }
  return tuples;
}

function polarityOf({ label, polarity }: Region): string | null {
  if (polarity !== undefined) return polarity;
  const said = ASPECT.exec(label);
  if (said === null) return label;
  return said[1] === undefined || said[1] === '' ? null : said[1];
}

/** Beside a polarity of its own, a label that is no aspect's names the category. */
function categoryOf({ label, polarity, category }: Region): { category?: string } {
  if (category !== undefined) return { category };
  return polarity === undefined || ASPECT.test(label) ? {} : { category: label };
}
