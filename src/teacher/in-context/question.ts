/** A benchmark sentence as a question to a language model, and its answer as a target sequence. */
import type { TaskDefinition } from '../../tasks/task.js';
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

export interface Described {
  readonly task: TaskDefinition;
  readonly polarities: readonly string[];
  /** Those of the training data; empty where the task has none. */
  readonly categories: readonly string[];
}

/** Instructions, demonstrations as turns, and the sentence. */
export function writeSentenceQuestion(
  described: Described,
  sentence: string,
  shown: readonly Shown[],
  sampling: Pick<Sampling, 'temperature' | 'maxAnswerTokens' | 'seed'>,
): Question {
  const turns = shown.flatMap((one): Message[] => [
    { role: 'user', content: `Sentence: ${oneLine(one.sentence)}` },
    { role: 'assistant', content: one.gold === '' ? NONE : one.gold },
  ]);
  return {
    messages: [
      { role: 'system', content: instructionsOf(described) },
      ...turns,
      { role: 'user', content: `Sentence: ${oneLine(sentence)}` },
    ],
    prefill: null,
    sampling: { ...sampling, stop: ['\n'] },
  };
}

function instructionsOf({ task, polarities, categories }: Described): string {
  const form = task.elements.join(' | ');
  const implicit =
    task.implicit.length === 0 ? '' : ` Write NULL for ${task.implicit.join(' or ')} where no words say it.`;
  return [
    `List the opinions in a sentence of a customer review: ${task.summary}.`,
    ...task.elements.map((element) => `${element}: ${ELEMENT_WORDS[element]}.`),
    `The polarities are ${polarities.join(', ')}.`,
    ...(categories.length === 0 ? [] : [`The categories are ${categories.join(', ')}.`]),
    `Answer in one line, each opinion as ${form}, with ; between them, words copied exactly from the sentence.${implicit} Where there is none, answer ${NONE}.`,
  ].join('\n');
}

/** The target sequence in an answer: without fences, without a word before it, an empty text for none. */
export function readSequence(answer: string): string {
  const lines = answer
    .replace(/^\s*```\w*\s*\n?/, '')
    .replace(/\n?```[\s\S]*$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*(?:answer|opinions|output)\s*:\s*/i, '').trim())
    .filter((line) => line !== '');
  const [line = ''] = lines;
  return new RegExp(`^${NONE}\\.?$`, 'i').test(line) ? '' : line.replace(/[\s;.]+$/, '');
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');
