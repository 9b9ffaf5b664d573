/**
 * SemEval-2014 task 4 and MAMS: terms and categories of a sentence stand side by side and are not paired.
 *
 *     <sentences><sentence id="7"><text>The soup was cold.</text>
 *       <aspectTerms><aspectTerm term="soup" polarity="negative" from="4" to="8"/></aspectTerms>
 *       <aspectCategories><aspectCategory category="food" polarity="negative"/></aspectCategories>
 *     </sentence></sentences>
 */
import type { Importer } from '../importer.js';
import { Notes, type Found, type ImportedRow, type ImportedTuple, RowFault, rowOrReject } from '../row.js';
import type { Source } from '../source.js';
import { readAttributeSpan } from './xml-span.js';
import { readXml, type XmlEvent } from './xml-events.js';

export const semeval14: Importer = {
  name: 'semeval14',
  form: '<sentences><sentence id><text/><aspectTerms/><aspectCategories/></sentence>',
  recognise: ({ text }) =>
    /<sentences[\s>]/.test(text) && !/<Reviews?[\s>]/.test(text) && /<sentence\s+[^>]*\bid\s*=/.test(text),
  read: readSentences,
};

/** The same without ids. */
export const mams: Importer = {
  ...semeval14,
  name: 'mams',
  form: '<sentences><sentence><text/><aspectTerms/> or <aspectCategories/></sentence>',
  recognise: ({ text }) =>
    /<sentences[\s>]/.test(text) && !/<Reviews?[\s>]/.test(text) && /<sentence\s*>/.test(text),
};

interface Sentence {
  readonly line: number;
  readonly id: string | undefined;
  text: string;
  readonly marks: (XmlEvent & { type: 'open' })[];
}

async function* readSentences(source: Source): AsyncGenerator<Found[]> {
  let sentence: Sentence | null = null;
  for await (const events of readXml(source)) {
    const found: Found[] = [];
    for (const event of events) {
      if (event.type === 'open') {
        if (event.name === 'sentence') {
          sentence = { line: event.line, id: event.attributes['id'], text: '', marks: [] };
        } else if (event.name === 'aspectTerm' || event.name === 'aspectCategory')
          sentence?.marks.push(event);
      } else if (event.name === 'text' && sentence !== null) sentence.text = event.text;
      else if (event.name === 'sentence' && sentence !== null) {
        const whole = sentence;
        const row = rowOrReject(whole.line, () => toRow(whole));
        if (row !== null) found.push(row);
        sentence = null;
      }
    }
    yield found;
  }
}

function toRow({ line, id, text, marks }: Sentence): ImportedRow {
  if (text.trim() === '') throw new RowFault('the text is empty');
  const notes = new Notes();
  const tuples = marks.map(({ name, attributes, line: at }): ImportedTuple => {
    const polarity = attributes['polarity'] ?? null;
    if (name === 'aspectCategory') return { category: attributes['category'] ?? null, polarity };
    const term = attributes['term'];
    if (term === undefined || term === '') throw new RowFault('an aspectTerm has no term', at);
    return { term: readAttributeSpan(text, term, attributes, at, notes.add), polarity };
  });
  return { line, text, tuples, ...(id === undefined ? {} : { id }), notes: notes.list };
}
