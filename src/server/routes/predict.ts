import type { z } from 'zod';
import type { Prediction } from '../../index.js';
import type { Answer } from '../dispatcher.js';
import { Refusal } from '../refusal.js';
import { predictAnswerSchema, predictRequestSchema, REFUSALS, type RequestBounds } from '../schemas.js';
import { signalOfClient, type App, type Served } from '../served.js';

export function addPredict(app: App, { models, bounds }: Served): void {
  const schema = {
    summary: 'Tuples of each text',
    operationId: 'predict',
    tags: ['Predictions'],
    body: predictRequestSchema(bounds),
    response: { 200: predictAnswerSchema, ...REFUSALS },
  };
  app.post('/predict', { schema, config: { asks: true } }, async (request, reply) => {
    const { texts, model, raw } = request.body;
    const { name, dispatcher } = models.find(model);
    request.texts = texts.length;
    refuseTooMuch(texts, bounds);
    const answer = await dispatcher.ask(texts, { raw, signal: signalOfClient(reply) });
    return toAnswer(name, answer, raw);
  });
}

/** @throws Refusal too-large, naming the first text that is too long */
export function refuseTooMuch(texts: readonly string[], bounds: RequestBounds): void {
  if (texts.length > bounds.maxTextsPerRequest) {
    throw new Refusal(
      'too-large',
      `The request has ${texts.length} texts; ${bounds.maxTextsPerRequest} are allowed: send several requests.`,
    );
  }
  const index = texts.findIndex(({ length }) => length > bounds.maxTextCharacters);
  if (index < 0) return;
  throw new Refusal(
    'too-large',
    `Text ${index} has more than ${bounds.maxTextCharacters} characters: send its sentences one by one.`,
  );
}

function toAnswer(model: string, answer: Answer, raw: boolean): z.infer<typeof predictAnswerSchema> {
  const { predictions, waitedMs, inferenceMs } = answer;
  const sum = (count: (prediction: Prediction) => number): number =>
    predictions.reduce((total, prediction) => total + count(prediction), 0);
  return {
    model,
    predictions: predictions.map(({ tuples, malformed, truncated, text }) => ({
      tuples: [...tuples],
      malformed,
      truncated,
      ...(raw && text !== undefined ? { text } : {}),
    })),
    usage: { inputTokens: sum((row) => row.inputTokens), outputTokens: sum((row) => row.outputTokens) },
    timings: { waitedMs: round(waitedMs), inferenceMs: round(inferenceMs) },
  };
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
