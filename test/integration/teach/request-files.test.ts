/** Questions out to a file and answers back, as `vllm run-batch` has them. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ChatRequest, goodAnswer, startLlmServer } from '../../fixtures/llm-server.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { follow, readCorpusFiles, someReviews, teachOptions, writeReviews } from './teach-home.js';

interface Request {
  readonly custom_id: string;
  readonly url: string;
  readonly body: ChatRequest;
}

const answerTo = ({ custom_id, body }: Request, model = 'test-model'): object => ({
  id: 'batch-1',
  custom_id,
  response: {
    status_code: 200,
    request_id: 'r1',
    body: {
      id: 'c1',
      model,
      choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: goodAnswer(body) } }],
      usage: { prompt_tokens: 900, completion_tokens: 60 },
    },
  },
  error: null,
});

const linesOf = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

describe('a batch by file', () => {
  it('asks nobody, gives the corpus of its answers, and tells lines that answer nothing with their place', async () => {
    const server = await startLlmServer((_, response) => {
      response.writeHead(500).end();
    });
    try {
      const home = await temporaryFolder();
      await writeReviews(home, someReviews(5));
      const options = teachOptions(home, server.address);
      const out = await follow({ ...options, exportRequests: 'requests.jsonl' });
      expect(out.result?.exported?.requests).toBe(5);
      const text = await readFile(join(home, 'requests.jsonl'), 'utf8');
      const requests = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Request);
      expect(requests[0]).toMatchObject({
        url: '/v1/chat/completions',
        body: { model: 'test-model', max_tokens: 512 },
      });
      const [first, second, third, fourth, fifth] = requests as [Request, Request, Request, Request, Request];
      const lines = [
        answerTo(first),
        answerTo(first),
        answerTo({ ...second, custom_id: 'unknown' }),
        answerTo(third, 'other-model'),
        { custom_id: fourth.custom_id, response: { status_code: 400, body: {} }, error: null },
      ];
      await writeFile(join(home, 'answers.jsonl'), `${linesOf(lines)}not json\n`);
      const bad = await follow({ ...options, importAnswers: 'answers.jsonl' });
      expect(bad.error).toMatchObject({ code: 'DATA' });
      expect(bad.error?.problems.map((problem) => problem.replace(/^.*answers\.jsonl/, ''))).toEqual([
        expect.stringMatching(/^:2 custom_id: .* twice/) as string,
        ':3 custom_id: unknown is no question of this run',
        ':4 model: other-model answered, not test-model',
        expect.stringMatching(/^:6 is no line/) as string,
      ]);
      expect(
        Object.values(await readCorpusFiles(home))
          .join('')
          .trim()
          .split('\n'),
      ).toHaveLength(1);
      // What has an answer is not exported again.
      const rest = await follow({ ...options, exportRequests: 'rest.jsonl' });
      expect(rest.result?.exported?.requests).toBe(4);
      await writeFile(
        join(home, 'more.jsonl'),
        linesOf([second, third, fourth, fifth].map((one) => answerTo(one))),
      );
      const good = await follow({ ...options, importAnswers: 'more.jsonl' });
      expect(good.error).toBeNull();
      expect(good.result?.kinds['analysis']).toMatchObject({ answers: 5, kept: 5 });
      expect(good.result?.costs?.tokens).toBe(5 * 960);
      expect(server.requests).toEqual([]);
    } finally {
      await server.close();
    }
  });
});
