/** Whether a value is one of the protocol's messages: at once where that is sure, and otherwise by its schema. */
import type { z } from 'zod';
import { type QuickCheck, quickCheckOf } from './quick-check.js';

type Read<Message> =
  | { readonly message: Message; readonly error: null }
  | { readonly message: null; readonly error: z.ZodError };

/** One kind of message. */
type Option = z.ZodObject<{ readonly type: z.ZodLiteral }>;

/** Of the messages of one direction. */
export class MessageCheck<Message> {
  /** By type, made when the first message of it comes. */
  readonly #quick = new Map<unknown, QuickCheck>();

  constructor(private readonly schema: z.ZodType<Message> & { readonly options: readonly Option[] }) {}

  /** @param value of JSON; it becomes the message */
  read(value: unknown): Read<Message> {
    if (this.#isSure(value)) return { message: value as Message, error: null };
    const { data, error } = this.schema.safeParse(value);
    return error === undefined ? { message: data, error: null } : { message: null, error };
  }

  #isSure(value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false;
    const { type } = value as { readonly type?: unknown };
    let check = this.#quick.get(type);
    if (check === undefined) {
      const option = this.schema.options.find(({ shape }) => shape.type.value === type);
      if (option === undefined) return false;
      this.#quick.set(type, (check = quickCheckOf(option)));
    }
    return check(value);
  }
}
