/** Opinions as JSON, for servers that hold answers to a schema; the target sequence stays the one form that is scored. */
import { jsonOrNull } from '../../storage/json-or-null.js';
import type { TaskDefinition } from '../../tasks/task.js';
import type { AnswerForm } from '../llm/provider.js';

export interface Described {
  readonly task: TaskDefinition;
  readonly polarities: readonly string[];
  /** Those of the training data; empty where the task has none. */
  readonly categories: readonly string[];
}

type Elements = TaskDefinition['elements'];

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

/** A target sequence as an answer in that form. */
export function writeOpinions(sequence: string, elements: Elements): string {
  const opinions = sequence
    .split(';')
    .filter((piece) => piece.trim() !== '')
    .map((piece) => {
      const parts = piece.split('|').map((part) => part.trim());
      return Object.fromEntries(elements.map((element, place) => [element, parts[place] ?? '']));
    });
  return JSON.stringify({ opinions });
}

/** The target sequence of an answer in that form: every whole opinion in it, also where the answer was cut. */
export function readOpinions(answer: string, elements: Elements): string {
  const found = (answer.match(/\{[^{}]*\}/g) ?? []).flatMap((text) => {
    const opinion = jsonOrNull(text) as Readonly<Record<string, unknown>> | null;
    if (opinion === null) return [];
    // One that lacks an element is a malformed piece, as it would be in text.
    const parts = elements.map((element) => opinion[element]).filter((part) => typeof part === 'string');
    return parts.length === 0 ? [] : [parts.map((part) => part.trim()).join(' | ')];
  });
  return found.join(' ; ');
}
