/** What `teach` takes and gives, and what its parts share. */
import type { SelectOptions } from '../../data/reviews/select.js';
import type { Demonstration } from '../../teacher/prompts/demonstrations.js';
import type { RunOptions } from '../run/options.js';
import type { KindCorpus } from './corpus-files.js';
import type { KindQuestions } from './items.js';
import type { JudgeQuestions } from './judge.js';
import type { TeachPlan } from './plan.js';

export interface TeachOptions extends RunOptions {
  /** Only find out what it would take; nothing is asked and nothing written. */
  readonly dryRun?: boolean;
  /** Other runs whose answers are taken over where the question is the same. */
  readonly reuse?: readonly string[];
  /** Ask in batches of the provider's batch service, at its price: answers take up to a day. */
  readonly batch?: boolean;
  /** End the batches under way, and take what they have answered; nothing more is asked. */
  readonly cancelBatches?: boolean;
  /** Write what is still to be asked into this file, and ask nothing: for `vllm run-batch`, or a batch service. */
  readonly exportRequests?: string;
  /** Take answers from such a batch's output, and ask nothing. */
  readonly importAnswers?: string;
}

/** What the answers have cost so far, over all runs in the folder. */
export interface TeachCosts {
  /** US dollars; null where no price is known. */
  readonly usdSpent: number | null;
  /** What may have been charged for requests that nothing more was heard of, at its worst. */
  readonly usdPossible: number | null;
  readonly priceSource: string | null;
  readonly tokens: number;
  /** Requests whose answer never reached the disk: a kill, a lost connection. */
  readonly lostRequests: number;
}

export interface TeachResult {
  readonly folder: string;
  /** What `fsa distill --corpus` takes; null after a dry run. */
  readonly corpusFolder: string | null;
  readonly plan: TeachPlan;
  /** By kind; empty after a dry run. */
  readonly kinds: Readonly<Record<string, KindCorpus>>;
  readonly costs: TeachCosts | null;
  /** Where questions were written and how many; null unless that was asked for. */
  readonly exported: { readonly file: string; readonly requests: number } | null;
  /** Questions that have no answer for good, by reason. */
  readonly failures: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Whether there is no corpus to go on with, whatever was answered. */
export function keptNothing({ kinds }: Pick<TeachResult, 'kinds'>): boolean {
  return Object.values(kinds).every(({ kept }) => kept === 0);
}

export interface Prepared {
  readonly files: readonly string[];
  readonly demonstrations: readonly Demonstration[];
  readonly questions: readonly KindQuestions[];
  /** What a second model is asked about the answers, a set for each kind; empty where nobody judges. */
  readonly judging: readonly JudgeQuestions[];
  readonly select: SelectOptions;
}
