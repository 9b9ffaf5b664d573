/**
 * What a language model is to everything above it: something that is asked one question and gives one answer.
 * A server over the network is the first kind; whoever implements this face is another.
 */

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** How an answer is drawn; every field is part of a question's key. */
export interface Sampling {
  readonly temperature: number;
  readonly maxAnswerTokens: number;
  /** The answer ends before any of these. */
  readonly stop: readonly string[];
  readonly seed: number | null;
}

/** A JSON schema that the server holds an answer to, where it can. */
export interface AnswerForm {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface Question {
  readonly messages: readonly Message[];
  /** How the answer has to begin; the answer's text begins with it, whatever the server did with it. */
  readonly prefill: string | null;
  readonly sampling: Sampling;
  /** Left out where the answer is text; where the server does not hold answers to a form, it is not sent. */
  readonly form?: AnswerForm;
}

export interface Usage {
  /** All of the input, with what was cached. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

export interface Answer {
  readonly text: string;
  /** `cut` where the answer reached the limit on tokens, whatever the server called it. */
  readonly finish: 'whole' | 'cut';
  /** The model as the server names it, which may be more exact than what was asked for. */
  readonly servedModel: string | null;
  readonly requestId: string | null;
  /** Null where the server does not say. */
  readonly usage: Usage | null;
}

/** What the first request found out about a server. */
export interface ProviderTraits {
  readonly servedModel: string | null;
  /** One sentence for everything asked for that the server does not do. */
  readonly warnings: readonly string[];
  /** Whether answers are held to a JSON schema; false as well where nobody asked. */
  readonly holdsForms: boolean;
  /** Whether `seed` is sent at all. */
  readonly takesSeed: boolean;
}

export interface ProbeOptions {
  /** Find out, too, whether answers can be held to a JSON schema. */
  readonly form: boolean;
}

export interface Provider {
  /** What distinguishes this server in keys and files: a host, without credentials. */
  readonly name: string;
  readonly model: string;
  /**
   * Asks something trivial, so that a wrong key, name or address is found before the first row.
   * @throws AskFailure
   */
  probe(
    signal: AbortSignal,
    options: ProbeOptions,
  ): Promise<{ readonly answer: Answer; readonly traits: ProviderTraits }>;
  /** @throws AskFailure; the signal's reason when aborted */
  ask(question: Question, signal: AbortSignal): Promise<Answer>;
  close(): Promise<void>;
}

/** Why a question has no answer, and what that means for the next one. */
export class AskFailure extends Error {
  /**
   * @param message a sentence without a full stop
   * @param consequence `again`: it may pass · `row`: this question is refused, others are not · `stop`: all will be
   */
  constructor(
    message: string,
    readonly consequence: 'again' | 'row' | 'stop',
    readonly details: {
      /** Whether the server may have charged for it. */
      readonly charged: 'no' | 'possibly' | Usage;
      readonly status?: number;
      /** How long the server asked to be left alone. */
      readonly askedWaitMs?: number | null;
      /** The server asks everybody to slow down. */
      readonly rateLimited?: boolean;
      readonly advice?: string;
    },
  ) {
    super(message);
  }
}
