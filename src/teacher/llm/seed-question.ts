/** Whether a server heeds `seed`: what is drawn twice from the same one is the same. */
import type { Question, Sampling } from './provider.js';

/** A question with as many answers as there are words, so that two draws hardly agree by chance. */
export function seedQuestion({ temperature, seed }: Pick<Sampling, 'temperature' | 'seed'>): Question {
  return {
    messages: [{ role: 'user', content: 'Write ten words that have nothing to do with each other.' }],
    prefill: null,
    sampling: { temperature, seed, maxAnswerTokens: 32, stop: [] },
  };
}

/** What is said, and recorded, of a server whose two answers differ. */
export const SEED_IGNORED = 'The server ignores seed: answers cannot be made again.';
