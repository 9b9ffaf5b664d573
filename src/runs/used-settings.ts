/** Which settings a kind of run looks at: run.json holds all of them, whatever the run was. */
import type { RunFile } from './types.js';

const SLOTS = ['device', 'threads', 'cluster'];
const ASKED_MODELS = ['llm', 'teach.shardRows', 'device', 'threads'];

/** Settings by name; a section stands for all that is in it. */
const USED: Readonly<Record<RunFile['kind'], readonly string[]>> = {
  distill: ['model', 'seed', 'distill', 'eval.datasets', 'track', ...SLOTS],
  eval: ['eval', 'track', ...SLOTS],
  teach: ['teach', 'distill.maxInputTokens', 'eval.datasets', ...ASKED_MODELS],
  baseline: [
    ...['baseline', 'eval.datasets', 'eval.duplicates', 'eval.targetOrder', 'eval.compare'],
    ...ASKED_MODELS,
  ],
  zeroshot: [
    ...['zeroshot', 'teach.domain', 'teach.demonstrations', 'teach.temperature', 'teach.maxAnswerTokens'],
    ...ASKED_MODELS,
    'cluster',
  ],
};

/** @param name such as `eval.epochs` */
export function isUsed(kind: RunFile['kind'], name: string): boolean {
  return USED[kind].some((used) => name === used || name.startsWith(`${used}.`));
}
