/** How many tokens a text is, without the model's tokenizer. */
import { estimateTokenCount } from 'tokenx';
import type { Question } from '../llm/provider.js';

/** Measured over 500 reviews and answers: the estimate is 0.93 of what Mistral's tokenizer counts. */
const ESTIMATE_SHARE = 0.93;

/** Roles and separators of a chat template, for a message and for the whole. */
const TOKENS_PER_MESSAGE = 5;

export function estimateTokens(text: string): number {
  return Math.ceil(estimateTokenCount(text) / ESTIMATE_SHARE);
}

export function estimateInput({ messages }: Question): number {
  return messages.reduce((sum, { content }) => sum + estimateTokens(content) + TOKENS_PER_MESSAGE, 0);
}

/** What a chat template may add at most. */
const TEMPLATE_TOKENS = 200;

/** More than any tokenizer can make of it: none that works on bytes makes more tokens than there are bytes. */
export function boundInput({ messages, prefill }: Question): number {
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  return bytes + Buffer.byteLength(prefill ?? '') + TEMPLATE_TOKENS + TOKENS_PER_MESSAGE * messages.length;
}
