/**
 * SemEval-2015 task 12 and SemEval-2016 task 5: opinions with target and category inside reviews; a target
 * `NULL`, or none, is implicit. Where the opinions belong to a whole review (subtask 2), the review is the row.
 *
 *     <Reviews><Review rid="7"><sentences><sentence id="7:0"><text>The soup was cold.</text><Opinions>
 *       <Opinion target="soup" category="FOOD#QUALITY" polarity="negative" from="4" to="8"/>
 *     </Opinions></sentence></sentences></Review></Reviews>
 */
import type { Importer } from '../importer.js';
import { Notes, type Found, type ImportedRow, type ImportedTuple, RowFault, rowOrReject } from '../row.js';
import type { Source } from '../source.js';
import { isImplicit } from '../spans.js';
import { readAttributeSpan } from './xml-span.js';
import { readXml, type XmlEvent } from './xml-events.js';

type Mark = XmlEvent & { type: 'open' };

interface Part {
  readonly line: number;
  readonly id: string | undefined;
  readonly outOfScope: boolean;
  text: string;
  readonly marks: Mark[];
}

export const semeval16: Importer = {
  name: 'semeval16',
  form: '<Reviews><Review rid><sentences><sentence id><text/><Opinions/></sentence></sentences></Review>',
  recognise: ({ text }) => /<Reviews?[\s>]/.test(text),
  read: readReviews,
};

async function* readReviews(source: Source): AsyncGenerator<Found[]> {
  const reader = new ReviewReader();
  for await (const events of readXml(source)) {
    yield events.flatMap((event) => (event.type === 'open' ? reader.open(event) : reader.close(event)));
  }
}

class ReviewReader {
  #review: { part: Part; sentences: Part[] } | null = null;
  #sentence: Part | null = null;

  open(event: Mark): [] {
    const { name, attributes, line } = event;
    if (name === 'Review') this.#review = { part: startPart(line, attributes, 'rid'), sentences: [] };
    else if (name === 'sentence') this.#sentence = startPart(line, attributes, 'id');
    else if (name === 'Opinion') (this.#sentence ?? this.#review?.part)?.marks.push(event);
    return [];
  }

  close({ name, text }: XmlEvent & { type: 'close' }): Found[] {
    if (name === 'text' && this.#sentence !== null) this.#sentence.text = text;
    else if (name === 'sentence' && this.#sentence !== null) {
      const sentence = this.#sentence;
      this.#sentence = null;
      if (this.#review === null) return [rowOf(sentence, undefined)];
      this.#review.sentences.push(sentence);
    } else if (name === 'Review' && this.#review !== null) {
      const { part, sentences } = this.#review;
      this.#review = null;
      if (part.marks.length === 0) return sentences.map((sentence) => rowOf(sentence, part.id));
      part.text = sentences.map((sentence) => sentence.text).join(' ');
      part.marks.push(...sentences.flatMap((sentence) => sentence.marks));
      return [rowOf(part, part.id, 'text-level')];
    }
    return [];
  }
}

function startPart(line: number, attributes: Mark['attributes'], key: string): Part {
  const outOfScope = attributes['OutOfScope']?.toUpperCase() === 'TRUE';
  return { line, id: attributes[key], outOfScope, text: '', marks: [] };
}

function rowOf(part: Part, review: string | undefined, note?: string): Found {
  const row = rowOrReject(part.line, () => readPart(part, review, note));
  if (row === null) throw new TypeError('a part of a review is a row or a reject');
  return row;
}

function readPart(part: Part, review: string | undefined, note: string | undefined): ImportedRow {
  const { line, id, text, marks } = part;
  if (text.trim() === '') {
    throw new RowFault("the text is empty: such files must be filled in with their publisher's tool");
  }
  const notes = new Notes();
  if (part.outOfScope) notes.add('out-of-scope');
  if (note !== undefined) notes.add(note);
  const tuples = marks.map(({ attributes, line: at }): ImportedTuple => {
    const { target, category = null, polarity = null } = attributes;
    // Opinions about a whole review have no target, which is not the same as an implicit one.
    if (note !== undefined) return { category, polarity };
    const term = isImplicit(target) ? null : readAttributeSpan(text, target, attributes, at, notes.add);
    return { term, category, polarity };
  });
  return {
    line,
    text,
    tuples,
    ...(id === undefined ? {} : { id }),
    ...(review === undefined ? {} : { review }),
    notes: notes.list,
  };
}
