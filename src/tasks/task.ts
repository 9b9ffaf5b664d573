/** What a task is: which tuples, how gold becomes them, how they are written and read. */
import type { BenchmarkExample } from './example.js';
import type { ElementName, TargetOrder, TaskName } from './vocabulary.js';

/** The elements of one tuple; null is implicit, an element the task does not have never appears. */
export type Tuple = Readonly<Partial<Record<ElementName, string | null>>>;

/** What stands between two separators of a predicted sequence. */
export interface ParsedPiece {
  readonly text: string;
  /** Null where the piece is no tuple of the task. */
  readonly tuple: Tuple | null;
  /** Whether the words that the tuple names stand in the sentence, case-sensitive. */
  readonly inSentence: boolean;
}

export interface ParsedPrediction {
  readonly pieces: readonly ParsedPiece[];
  /** The tuples that count as predicted: whole, and of words of the sentence. */
  readonly tuples: readonly Tuple[];
  /** Pieces that do not count; an empty prediction has none. */
  readonly malformed: number;
}

export interface TaskDefinition {
  readonly name: TaskName;
  /** `terms and their polarity`: for headings and help. */
  readonly summary: string;
  /** In the order in which a target has them. */
  readonly elements: readonly ElementName[];
  /** Elements that may be implicit. */
  readonly implicit: readonly ElementName[];
  /** Keys that each aspect of a gold row must have. */
  readonly requiredFields: readonly ('target' | 'from' | 'to' | 'category' | 'opinion')[];
  /** Whether a gold term that the sentence does not have is refused, or only worth a warning. */
  readonly foreignTerm: 'error' | 'warning';
  /** Whether a separator inside an element is written so that it can be read back. */
  readonly escapes: boolean;
  /** How the literature counts this task, beside the count of our own. */
  readonly literature: 'published' | 'field';
  /** Generated tokens that are enough for the targets of public data. */
  readonly generatedTokens: number;
  /** Gold as tuples, never by way of text. A tuple annotated at two places is there twice. */
  readonly goldTuples: (example: BenchmarkExample) => readonly Tuple[];
  /** What a model should write for the sentence. */
  readonly targetText: (example: BenchmarkExample, order: TargetOrder) => string;
  /** What a sequence says; `polarities` are the labels of the dataset. */
  readonly parse: (text: string, sentence: string, polarities?: readonly string[]) => ParsedPrediction;
}

/** A name of a tuple that no other tuple of the same task shares: each element behind its length. */
export function tupleKey({ polarity, term, category, opinion }: Tuple): string {
  return `${keyPart(term)}${keyPart(category)}${keyPart(opinion)}${keyPart(polarity)}`;
}

/** `-` is an element that is implicit, or that the task does not have. */
function keyPart(element: string | null | undefined): string {
  return element == null ? '-' : `${element.length}:${element}`;
}
