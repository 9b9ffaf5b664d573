/** A model behind an OpenAI-compatible server: chat completions over the one HTTP client. */
import { openClient, type HttpClient } from '../../net/client.js';
import { isFsaError } from '../../errors.js';
import { TransientError } from '../../net/retry.js';
import type { ProxySettings, Secret } from '../../net/settings.js';
import type { ModelPlace } from './model-name.js';
import { AskFailure, type Answer, type Provider, type Question } from './provider.js';
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

/** Opens nothing before the first question; `close` leaves no connection behind. */
export function openChat(settings: ChatSettings): Provider {
  const { place, key, proxy, timeoutMs } = settings;
  const client = openClient(
    { endpoint: place.baseUrl, token: key, proxy, errorCode: 'API', addressName: 'llm.baseUrl' },
    { stallMs: timeoutMs, connectMs: Math.min(timeoutMs, 10_000), redirects: 0 },
  );
  const dialect: Dialect = { limitName: 'max_tokens', unsupported: new Set() };
  const ask = async (question: Question, signal: AbortSignal): Promise<Answer> =>
    await askOnce(client, settings, writeRequest(question, place, dialect), question, signal);
  return {
    name: place.name,
    model: place.model,
    ask,
    probe: async (signal) => await probe(ask, dialect, signal),
    close: async () => await client.close(),
  };
}

const PROBE: Question = {
  messages: [{ role: 'user', content: 'Answer with the word yes.' }],
  prefill: null,
  sampling: { temperature: 0, maxAnswerTokens: 16, stop: ['\nReview:'], seed: 1 },
};

/** What a server refuses by name is left out from then on; anything else it refuses is the caller's to hear. */
async function probe(
  ask: Provider['ask'],
  dialect: Dialect,
  signal: AbortSignal,
): ReturnType<Provider['probe']> {
  const warnings: string[] = [];
  for (;;) {
    try {
      const answer = await ask(PROBE, signal);
      return { answer, traits: { servedModel: answer.servedModel, warnings } };
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

function refusedParameter(failure: AskFailure, dialect: Dialect): string | null {
  const { status } = failure.details;
  if (status !== 400 && status !== 422) return null;
  if (dialect.limitName === 'max_tokens' && /max_completion_tokens/.test(failure.message))
    return 'max_tokens';
  const optional = ['temperature', 'seed', 'stop'].filter((name) => !dialect.unsupported.has(name));
  return optional.find((name) => new RegExp(`\\b${name}\\b`).test(failure.message)) ?? null;
}

/** The request's body as the server wants it. */
export function writeRequest(
  question: Question,
  place: ModelPlace,
  dialect: Dialect = { limitName: 'max_tokens', unsupported: new Set() },
): Record<string, unknown> {
  const { messages, prefill, sampling } = question;
  const begun = prefill !== null && place.prefill !== 'none';
  const last = place.prefill === 'prefix' ? { prefix: true } : {};
  const optional = {
    temperature: sampling.temperature,
    ...(sampling.stop.length === 0 ? {} : { stop: sampling.stop }),
    ...(sampling.seed === null ? {} : { seed: sampling.seed }),
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

async function askOnce(
  client: HttpClient,
  { place }: ChatSettings,
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
    const chunks: Buffer[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    if (response.status !== 200) throw failureOfStatus(response.status, response.headers, text);
    const begun = place.prefill === 'none' ? null : question.prefill;
    return readAnswer(text, response.headers, { begun, cap: question.sampling.maxAnswerTokens });
  } catch (error) {
    if (isFsaError(error)) throw new AskFailure(error.message, 'stop', { charged: 'no' });
    if (!(error instanceof TransientError)) throw error;
    // Where nobody listens, nobody was paid; a request that went out may have been.
    const charged = /refuses connections|could not be found/.test(error.message) ? 'no' : 'possibly';
    throw new AskFailure(error.message, 'again', { charged });
  }
}
