/** What stands in an answer log, one JSON line each: a request before it is sent, and what became of it. */
import { z } from 'zod';

const amount = { nanoUsd: z.int().min(0), tokens: z.int().min(0) };

const asked = z.object({
  type: z.literal('asked'),
  key: z.string(),
  attempt: z.int(),
  /** The most it may cost: what counts should nothing more be heard of it. */
  ...amount,
});

const answered = z.object({
  type: z.literal('answered'),
  key: z.string(),
  attempt: z.int(),
  ...amount,
  id: z.string(),
  finish: z.enum(['whole', 'cut']),
  model: z.string().nullable(),
  requestId: z.string().nullable(),
  usage: z.object({ inputTokens: z.int(), cachedInputTokens: z.int(), outputTokens: z.int() }).nullable(),
  /** Whether the amount is the server's word, or the worst that was reserved. */
  exact: z.boolean(),
  ms: z.number(),
  /** The run that paid for it; null where it was this one. */
  reusedFrom: z.string().nullable(),
  text: z.string(),
});

const failed = z.object({
  type: z.literal('failed'),
  key: z.string(),
  attempt: z.int(),
  ...amount,
  id: z.string(),
  exact: z.boolean(),
  reason: z.string(),
  /** Whether the question was given up, as opposed to tried again. */
  final: z.boolean(),
});

export const recordSchema = z.discriminatedUnion('type', [asked, answered, failed]);
export type LogRecord = z.infer<typeof recordSchema>;
export type AskedRecord = z.infer<typeof asked>;
export type AnsweredRecord = z.infer<typeof answered>;
export type FailedRecord = z.infer<typeof failed>;
