/** Opinions as JSON, for servers that hold answers to a schema; the target sequence stays the one form that is scored. */
import { jsonOrNull } from '../../storage/json-or-null.js';
import { own } from '../../data/formats/json-values.js';
import {
  escapeElement,
  holdsSeparator,
  joinElements,
  joinTuples,
  splitElements,
  splitTuples,
  unescapeElement,
} from '../../tasks/syntax.js';
import type { TaskDefinition, Tuple } from '../../tasks/task.js';
import type { AnswerForm } from '../llm/provider.js';

export interface Described {
  readonly task: TaskDefinition;
  readonly polarities: readonly string[];
  /** Those of the training data; empty where the task has none. */
  readonly categories: readonly string[];
}

type Elements = TaskDefinition['elements'];

/** The gold of a sentence: as its target sequence, and as tuples. */
export interface Gold {
  readonly gold: string;
  readonly goldTuples: readonly Tuple[];
}

/** What stands for an element that is implicit. */
const NULL = escapeElement(null);

export function formOf({ task: { elements }, polarities, categories }: Described): AnswerForm {
  const values = { polarity: polarities, category: categories };
  const typeOf = (element: Elements[number]): object => {
    const known = element === 'polarity' || element === 'category' ? values[element] : [];
    return known.length === 0 ? { type: 'string' } : { type: 'string', enum: known };
  };
  const opinion = {
    type: 'object',
    properties: Object.fromEntries(elements.map((element) => [element, typeOf(element)])),
    required: [...elements],
    additionalProperties: false,
  };
  return {
    name: 'opinions',
    schema: {
      type: 'object',
      properties: { opinions: { type: 'array', items: opinion } },
      required: ['opinions'],
      additionalProperties: false,
    },
  };
}

/** Gold as an answer in that form: the words themselves, without the codes of the target sequence. */
export function writeOpinions({ gold, goldTuples }: Gold, { elements, escapes }: TaskDefinition): string {
  const tuples =
    !escapes && goldTuples.some((tuple) => Object.values(tuple).some((value) => holdsSeparator(value ?? '')))
      ? goldTuples.map((tuple) => elements.map((element) => tuple[element] ?? NULL))
      : splitTuples(gold)
          .filter((piece) => piece.trim() !== '')
          .map((piece) =>
            splitElements(piece).map((part) => (escapes ? (unescapeElement(part) ?? NULL) : part)),
          );
  return JSON.stringify({
    opinions: tuples.map((parts) =>
      Object.fromEntries(elements.map((element, place) => [element, parts[place] ?? ''])),
    ),
  });
}

/** An object without objects in it, whatever signs stand in its texts. */
const OBJECT = /\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}/gs;

/** The target sequence of an answer in that form: every whole opinion in it, also where the answer was cut. */
export function readOpinions(answer: string, task: TaskDefinition): string {
  const found = (answer.match(OBJECT) ?? []).flatMap((text) => {
    const opinion = jsonOrNull(text) as Readonly<Record<string, unknown>> | null;
    if (opinion === null) return [];
    // One that lacks an element is a malformed piece, as it would be in text.
    const parts = task.elements.flatMap((element) => writtenPart(own(opinion, element), element, task) ?? []);
    return parts.length === 0 ? [] : [joinElements(parts)];
  });
  return joinTuples(found);
}

/** A value as it stands in a target sequence, so that one opinion stays one piece; null where there is none. */
function writtenPart(
  value: unknown,
  element: Elements[number],
  { escapes, implicit }: TaskDefinition,
): string | null {
  if (value === null && implicit.includes(element)) return NULL;
  if (typeof value !== 'string') return null;
  const plain = value.trim();
  if (plain === NULL) return plain;
  // Without escapes such words can be neither gold nor found: written with codes they are not taken for others.
  return escapes || holdsSeparator(plain) ? escapeElement(plain) : plain;
}
