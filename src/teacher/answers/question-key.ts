/** When two questions are one question: the same key has the same answer, in any run. */
import { hashBytes, hashValue } from '../../storage/digest.js';
import type { Message, Question } from '../llm/provider.js';

/** Digest of everything that a family of questions shares: who is asked, how, and the messages before the last. */
export function digestOfFamily(
  { name, model }: { readonly name: string; readonly model: string },
  question: Question,
): string {
  const { messages, prefill, sampling, form } = question;
  const said = { name, model, before: messages.slice(0, -1), prefill, sampling };
  return hashValue(form === undefined ? said : { ...said, form });
}

/** Hex SHA-256 that names a question of a family: 64 characters, which also fits the `custom_id` of a batch. */
export function keyOf(family: string, last: Message): string {
  return hashBytes(`${family}\n${last.role}\n${last.content}`);
}
