/**
 * A teacher for the example that needs no model and no network: an OpenAI-compatible server that knows a few words.
 *   node server.mjs [PORT]      prints its address when it is up
 */
import { createServer } from 'node:http';
import { WORDS } from './data.mjs';

const polarityOf = new Map(
  Object.entries(WORDS).flatMap(([polarity, words]) => words.map((word) => [word, polarity])),
);
const LABELS = { positive: 'Positive', negative: 'Negative' };

/** What is judged in a text, in its order. */
function judgements(text) {
  return [...text.matchAll(/\b[Tt]he (\w+) was (\w+)/g)].flatMap(([, thing, word]) =>
    polarityOf.has(word) ? [{ thing, word, polarity: polarityOf.get(word) }] : [],
  );
}

function answer(messages) {
  const asked = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const found = judgements(asked);
  if (asked.startsWith('Review: ')) {
    const blocks = found.map(
      ({ thing, word, polarity }, index) =>
        `Opinion Target ${index + 1}: "${thing}"\nAspect: General Assessment\nSentiment: ${LABELS[polarity]}\nReasoning: It was ${word}.`,
    );
    return blocks.join('\n\n');
  }
  if (asked.startsWith('Sentence: ')) {
    return found.map(({ thing, polarity }) => `${thing} | ${polarity}`).join(' ; ') || 'none';
  }
  if (asked.startsWith('Text: ')) {
    const sum = found.reduce((total, { polarity }) => total + (polarity === 'positive' ? 1 : -1), 0);
    return sum < 0 ? 'negative' : 'positive';
  }
  return 'yes';
}

const countTokens = (text) => Math.ceil(text.length / 4);

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const { messages = [], model = '' } = JSON.parse(body || '{}');
    const content = answer(messages);
    const prompt = messages.reduce((sum, message) => sum + countTokens(message.content), 0);
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        id: 'chatcmpl-0',
        model,
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
        usage: { prompt_tokens: prompt, completion_tokens: countTokens(content) },
      }),
    );
  });
});

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/v1`);
});
