/** A model behind an OpenAI-compatible server: chat completions over the one HTTP client. */
import { z } from 'zod';
import { openClient, type HttpClient } from '../../net/client.js';
import { isFsaError } from '../../errors.js';
import { readText } from '../../net/read-text.js';
import { TransientError } from '../../net/retry.js';
import type { ProxySettings, Secret } from '../../net/settings.js';
import { jsonOrNull } from '../../storage/json-or-null.js';
import { type BatchDoor, openBatchService } from '../batches/service.js';
import { hideKey } from './key.js';
import type { ModelPlace } from './model-name.js';
import {
  AskFailure,
  type Answer,
  type AnswerForm,
  type ProbeOptions,
  type Provider,
  type Question,
} from './provider.js';
import { readAnswer } from './read-answer.js';
import { failureOfStatus } from './refusals.js';

export interface ChatSettings {
  readonly place: ModelPlace;
  readonly key: Secret | null;
  readonly proxy: ProxySettings;
  /** A request that receives nothing for so long is given up. */
  readonly timeoutMs: number;
}

/** Which of its parameters a server takes; the probe finds out. */
interface Dialect {
  limitName: 'max_tokens' | 'max_completion_tokens';
  readonly unsupported: Set<string>;
}

const newDialect = (): Dialect => ({ limitName: 'max_tokens', unsupported: new Set() });

/** Files may lie elsewhere; a question goes to no place that nobody named, and the key neither. */
const REDIRECTS = 5;

/** Opens nothing before the first question; `close` leaves no connection behind. */
export function openChat(settings: ChatSettings): Provider & { readonly batches: BatchDoor } {
  const { place, key, proxy, timeoutMs } = settings;
  const client = openClient(
    { endpoint: place.baseUrl, token: key, proxy, errorCode: 'API', addressName: 'llm.baseUrl' },
    { stallMs: timeoutMs, connectMs: Math.min(timeoutMs, 10_000), redirects: REDIRECTS },
  );
  const dialect = newDialect();
  const ask = async (question: Question, signal: AbortSignal): Promise<Answer> =>
    await askOnce(client, settings, writeRequest(question, place, dialect), question, signal);
  return {
    name: place.name,
    model: place.model,
    ask,
    probe: async (signal, options) => await probe(ask, dialect, { ...options, signal }),
    batches: {
      service: openBatchService(client, place.baseUrl, timeoutMs),
      requestOf: (question) => writeRequest(question, place, dialect),
    },
    close: async () => await client.close(),
  };
}

const PROBE: Question = {
  // A server that heeds `stop` says the word once.
  messages: [{ role: 'user', content: 'Answer with exactly this: yes, yes' }],
  prefill: null,
  sampling: { temperature: 0, maxAnswerTokens: 16, stop: [','], seed: 1 },
};

/** Asks for the word without a form: a server that does not hold answers to one gives the bare word. */
const PROBE_FORM: AnswerForm = {
  name: 'probe',
  schema: {
    type: 'object',
    properties: { word: { type: 'string', enum: ['yes'] } },
    required: ['word'],
    additionalProperties: false,
  },
};

const FORM_PARAMETER = 'response_format';

/** What a server refuses by name is left out from then on; anything else it refuses is the caller's to hear. */
async function probe(
  ask: Provider['ask'],
  dialect: Dialect,
  { form, signal }: ProbeOptions & { readonly signal: AbortSignal },
): ReturnType<Provider['probe']> {
  const warnings: string[] = [];
  if (!form) dialect.unsupported.add(FORM_PARAMETER);
  const question = form ? { ...PROBE, form: PROBE_FORM } : PROBE;
  for (;;) {
    try {
      const answer = await ask(question, signal);
      const isHeld = !dialect.unsupported.has(FORM_PARAMETER);
      if (isHeld && !isForm(answer)) {
        dialect.unsupported.add(FORM_PARAMETER);
        warnings.push(`The server takes ${FORM_PARAMETER} and does not heed it: answers are read as text.`);
      }
      warnings.push(...faultsOf(answer));
      const holdsForms = !dialect.unsupported.has(FORM_PARAMETER);
      const takesSeed = !dialect.unsupported.has('seed');
      return { answer, traits: { servedModel: answer.servedModel, warnings, holdsForms, takesSeed } };
    } catch (error) {
      const refused = error instanceof AskFailure ? refusedParameter(error, dialect) : null;
      if (refused === null) throw error;
      if (refused === 'max_tokens') dialect.limitName = 'max_completion_tokens';
      else {
        dialect.unsupported.add(refused);
        warnings.push(`The server does not take ${refused}: it is left out.`);
      }
    }
  }
}

/** An answer that is cut before its end shows by its beginning that it is held: nobody asked for a brace. */
const isForm = ({ text, finish }: Answer): boolean =>
  (finish === 'cut' && text.startsWith('{')) ||
  z.object({ word: z.string() }).safeParse(jsonOrNull(text)).success;

/** What an answer shows that the server does not do. */
function faultsOf({ usage, text }: Answer): string[] {
  const { maxAnswerTokens, stop } = PROBE.sampling;
  const faults: string[] = [];
  if (usage === null)
    faults.push('The server does not count tokens: every answer is counted at the most it can cost.');
  else if (usage.outputTokens > maxAnswerTokens)
    faults.push(
      `The server does not heed the limit on answers (${usage.outputTokens} tokens, not ${maxAnswerTokens}): a budget cannot be kept with it.`,
    );
  if (stop.some((end) => text.includes(end)))
    faults.push('The server does not heed stop: what runs on is found by the filters.');
  return faults;
}

function refusedParameter(failure: AskFailure, dialect: Dialect): string | null {
  const { status } = failure.details;
  if (status !== 400 && status !== 422) return null;
  if (dialect.limitName === 'max_tokens' && /max_completion_tokens/.test(failure.message))
    return 'max_tokens';
  const optional = ['temperature', 'seed', 'stop', FORM_PARAMETER].filter(
    (name) => !dialect.unsupported.has(name),
  );
  const named = optional.find((name) => new RegExp(`\\b${name}\\b`).test(failure.message));
  if (named !== undefined) return named;
  // Of forms, servers complain in many words.
  const isForm = /json_schema|schema|grammar|guided|structured/i.test(failure.message);
  return isForm && optional.includes(FORM_PARAMETER) ? FORM_PARAMETER : null;
}

/** The request's body as the server wants it. */
export function writeRequest(
  question: Question,
  place: ModelPlace,
  dialect: Dialect = newDialect(),
): Record<string, unknown> {
  const { messages, prefill, sampling, form } = question;
  const begun = prefill !== null && place.prefill !== 'none';
  const last = place.prefill === 'prefix' ? { prefix: true } : {};
  const optional = {
    temperature: sampling.temperature,
    ...(sampling.stop.length === 0 ? {} : { stop: sampling.stop }),
    ...(sampling.seed === null ? {} : { seed: sampling.seed }),
    ...(form === undefined
      ? {}
      : { [FORM_PARAMETER]: { type: 'json_schema', json_schema: { ...form, strict: true } } }),
  };
  return {
    model: place.model,
    messages: begun ? [...messages, { role: 'assistant', content: prefill, ...last }] : messages,
    [dialect.limitName]: sampling.maxAnswerTokens,
    ...Object.fromEntries(Object.entries(optional).filter(([name]) => !dialect.unsupported.has(name))),
    ...(begun && place.prefill === 'continue'
      ? { continue_final_message: true, add_generation_prompt: false }
      : {}),
  };
}

/** No answer within a limit on tokens comes near it; a server that sends more has lost its mind. */
const MOST_ANSWER_BYTES = 16 * 2 ** 20;

async function askOnce(
  client: HttpClient,
  { place, key, timeoutMs }: ChatSettings,
  body: Record<string, unknown>,
  question: Question,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const response = await client.send(`${place.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
    const limits = { mostBytes: MOST_ANSWER_BYTES, mostMs: timeoutMs };
    const text = hideKey(await readText(response, limits), key);
    const headers = {
      ...response.headers,
      'x-request-id': hideKey(response.headers['x-request-id'] ?? '', key),
    };
    if (response.status !== 200) throw failureOfStatus(response.status, headers, text);
    const begun = place.prefill === 'none' ? null : question.prefill;
    return readAnswer(text, headers, { begun, cap: question.sampling.maxAnswerTokens });
  } catch (error) {
    // A run that is stopped says why with an error of its own: the server may have been paid all the same.
    signal.throwIfAborted();
    if (isFsaError(error)) throw new AskFailure(withoutStop(error.message), 'stop', { charged: 'no' });
    if (!(error instanceof TransientError)) throw error;
    // Where nobody listens, nobody was paid; a request that went out may have been.
    const charged = /refuses connections|could not be found/.test(error.message) ? 'no' : 'possibly';
    throw new AskFailure(withoutStop(error.message), 'again', { charged });
  }
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '');
