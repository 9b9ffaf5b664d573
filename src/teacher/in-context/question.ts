/** A benchmark sentence as a question to a language model, and its answer as a target sequence. */
import type { TaskDefinition } from '../../tasks/task.js';
import { type Described, formOf, readOpinions, writeOpinions } from './opinions-form.js';
import type { Message, Question, Sampling } from '../llm/provider.js';
import type { Shown } from './demonstrations.js';

/** What stands for a sentence that says nothing. */
const NONE = 'none';

const ELEMENT_WORDS = {
  term: 'the words of the sentence that are judged',
  category: 'one of the categories',
  opinion: 'the words of the sentence that judge',
  polarity: 'one of the polarities',
} as const;

export interface AskedHow extends Pick<Sampling, 'temperature' | 'maxAnswerTokens' | 'seed'> {
  /** As JSON that the server holds to a schema, instead of a line of text. */
  readonly isHeld: boolean;
}

/** Instructions, demonstrations as turns, and the sentence. */
export function writeSentenceQuestion(
  described: Described,
  sentence: string,
  shown: readonly Shown[],
  { isHeld, ...sampling }: AskedHow,
): Question {
  const written = (one: Shown): string =>
    isHeld ? writeOpinions(one, described.task) : one.gold === '' ? NONE : one.gold;
  const turns = shown.flatMap((one): Message[] => [
    { role: 'user', content: `Sentence: ${oneLine(one.sentence)}` },
    { role: 'assistant', content: written(one) },
  ]);
  return {
    messages: [
      { role: 'system', content: instructionsOf(described, isHeld) },
      ...turns,
      { role: 'user', content: `Sentence: ${oneLine(sentence)}` },
    ],
    prefill: null,
    // JSON may stand in several lines.
    sampling: { ...sampling, stop: isHeld ? [] : ['\n'] },
    ...(isHeld ? { form: formOf(described) } : {}),
  };
}

function instructionsOf({ task, polarities, categories }: Described, isHeld: boolean): string {
  const form = task.elements.join(' | ');
  const implicit =
    task.implicit.length === 0 ? '' : ` Write NULL for ${task.implicit.join(' or ')} where no words say it.`;
  return [
    `List the opinions in a sentence of a customer review: ${task.summary}.`,
    ...task.elements.map((element) => `${element}: ${ELEMENT_WORDS[element]}.`),
    `The polarities are ${polarities.join(', ')}.`,
    ...(categories.length === 0 ? [] : [`The categories are ${categories.join(', ')}.`]),
    isHeld
      ? `Answer in JSON: a list of opinions, words copied exactly from the sentence.${implicit} Where there is none, the list is empty.`
      : `Answer in one line, each opinion as ${form}, with ; between them, words copied exactly from the sentence.${implicit} Where there is none, answer ${NONE}.`,
  ].join('\n');
}

/**
 * The target sequence in an answer: from JSON, or from text without fences, Markdown and words before it; an empty
 * text for none. Opinions that stand in lines of their own, one under the other, are one sequence; what follows after
 * other words, such as an invented sentence, is none of it.
 */
export function readSequence(answer: string, task: TaskDefinition): string {
  const fenced = /```\w*[ \t]*\n?([\s\S]*?)(?:```|$)/.exec(answer)?.[1] ?? answer;
  if (/^\s*[{[]/.test(fenced)) return readOpinions(fenced, task);
  const lines = fenced
    .split('\n')
    .map(withoutMarkdown)
    .filter((line) => line !== '' && !isOfTable(line, task.elements));
  const isNone = (line: string): boolean => new RegExp(`^${NONE}\\.?$`, 'i').test(line);
  const first = lines.findIndex((line) => line.includes('|') || isNone(line));
  const [line = ''] = lines.slice(Math.max(first, 0));
  if (isNone(line)) return '';
  if (first === -1) return endOf(line);
  const after = lines.slice(first).findIndex((one) => !one.includes('|'));
  const opinions = lines.slice(first, after === -1 ? undefined : first + after);
  return opinions.map(endOf).join(' ; ');
}

const endOf = (line: string): string => line.replace(/[\s;.,]+$/, '');

/** A line without bullet, number, emphasis, the bars around a row of a table, and a heading such as "Answer:". */
function withoutMarkdown(line: string): string {
  const plain = line
    .trim()
    .replace(/^(?:[-*•+]|\d+[.)])\s+/, '')
    .replace(/^(\*\*|`)(.+)\1$/, '$2')
    .replaceAll(/(^|[|;])(\s*)(\*\*|`)([^|;]*?)\3(?=\s*(?:[|;]|$))/g, '$1$2$4')
    .replace(/^(?:answer|opinions|output)\s*:\s*/i, '')
    .trim();
  return /^\|.*\|$/.test(plain) ? plain.slice(1, -1).trim() : plain;
}

/** The head of a table, or the rule below it. */
function isOfTable(line: string, elements: TaskDefinition['elements']): boolean {
  const cells = line.split('|').map((cell) => cell.trim().toLowerCase());
  return (
    cells.length === elements.length &&
    (cells.every((cell) => /^:?-{2,}:?$/.test(cell)) || cells.every((cell, at) => cell === elements[at]))
  );
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');
