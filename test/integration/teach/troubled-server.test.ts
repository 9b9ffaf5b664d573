/** `teach` against servers that refuse, break off, cut and ask for patience. */
import { describe, expect, it } from 'vitest';
import { complete, goodAnswer, refuse, reviewOf, type Respond } from '../../fixtures/llm-server.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import {
  answerWell,
  follow,
  readCorpusFiles,
  serve,
  someReviews,
  teachOptions,
  writeReviews,
} from './teach-home.js';

describe('a server that is in trouble', () => {
  it.each<[string, Respond]>([
    [
      '429 with a pause',
      (_, response) => refuse(response, 429, { message: 'slow down' }, { 'retry-after-ms': '30' }),
    ],
    ['503', (_, response) => refuse(response, 503, { message: 'loading' })],
    ['HTML with status 200', (_, response) => void response.writeHead(200).end('<html>gateway</html>')],
    [
      'a cut body',
      (_, response) =>
        void response
          .writeHead(200, { 'content-length': '500' })
          .write('{"choices":', () => response.destroy()),
    ],
    ['no choices', (_, response) => void response.writeHead(200).end('{"choices":[]}')],
    ['an empty answer', (_, response) => complete(response, { text: ' ' })],
  ])('is asked again after %s', async (_, fault) => {
    const folder = await temporaryFolder();
    const failedOnce = new Set<string>();
    const server = await serve((request, response, number) => {
      const review = reviewOf(request);
      const fails = number > 0 && !failedOnce.has(review) && review.includes('cold');
      failedOnce.add(review);
      return fails ? fault(request, response, number) : answerWell(request, response, number);
    });
    await writeReviews(folder, someReviews(6));
    const { result, error } = await follow(teachOptions(folder, server.address));
    expect(error).toBeNull();
    expect(result?.kinds['analysis']?.kept).toBe(6);
    expect(server.requests).toHaveLength(1 + 6 + 2);
  });

  it.each([
    [401, { message: 'Incorrect API key provided' }],
    [404, { message: 'The model does not exist' }],
    [402, { message: 'Payment required' }],
    [429, { message: 'You exceeded your current quota', code: 'insufficient_quota' }],
  ])('ends the run with exit code 7 after one probe that meets %i', async (status, body) => {
    const folder = await temporaryFolder();
    const server = await serve((_, response) => refuse(response, status, body));
    await writeReviews(folder, someReviews(5));
    const { error } = await follow(teachOptions(folder, server.address));
    expect(error).toMatchObject({ code: 'API', exitCode: 7 });
    expect(error?.message).toContain(body.message.slice(0, 20));
    expect(server.requests).toHaveLength(1);
  });

  it('is waited for by the probe, too', async () => {
    const folder = await temporaryFolder();
    const server = await serve((request, response, number) =>
      number === 0
        ? refuse(response, 503, { message: 'loading the model' }, { 'retry-after': '0' })
        : answerWell(request, response, number),
    );
    await writeReviews(folder, someReviews(2));
    const { result } = await follow(teachOptions(folder, server.address));
    expect(result?.kinds['analysis']?.kept).toBe(2);
    expect(server.requests).toHaveLength(4);
  });

  it('is left alone where it asks for longer than the settings allow, with the time told', async () => {
    const folder = await temporaryFolder();
    const server = await serve((request, response, number) =>
      number < 3
        ? answerWell(request, response, number)
        : refuse(response, 429, { message: 'come back tomorrow' }, { 'retry-after': '277403' }),
    );
    await writeReviews(folder, someReviews(8));
    const { error } = await follow(teachOptions(folder, server.address, { llm: { concurrency: 1 } }));
    expect(error).toMatchObject({ code: 'API' });
    expect(error?.message).toMatch(/left alone until \d{4}-\d\d-\d\dT/);
    expect(server.requests).toHaveLength(4);
    expect(
      Object.values(await readCorpusFiles(folder))
        .join('')
        .trim()
        .split('\n'),
    ).toHaveLength(2);
  });

  it('costs a refused row its answer, and no other', async () => {
    const folder = await temporaryFolder();
    const server = await serve((request, response, number) =>
      reviewOf(request).includes('Dish 2 ')
        ? refuse(response, 400, { message: 'This model takes 4096 tokens' })
        : answerWell(request, response, number),
    );
    await writeReviews(folder, someReviews(5));
    const { result } = await follow(teachOptions(folder, server.address));
    expect(result?.kinds['analysis']).toMatchObject({ kept: 4, unanswered: 1 });
    expect(result?.failures).toEqual({
      'The server refuses this question (400): This model takes 4096 tokens': 1,
    });
  });

  it('takes "stop" at the limit for what it is: a cut answer', async () => {
    const folder = await temporaryFolder();
    const usage = { prompt_tokens: 10, completion_tokens: 512 };
    const server = await serve((request, response) =>
      complete(response, { text: goodAnswer(request), usage }),
    );
    await writeReviews(folder, someReviews(2));
    const { result, events } = await follow(teachOptions(folder, server.address));
    expect(result?.kinds['analysis']).toMatchObject({ kept: 0, filters: { cut: { dropped: 2 } } });
    expect(JSON.stringify(events)).toContain('No answer was kept, so there is no corpus');
  });

  it('is asked in its own words: max_completion_tokens, and without what it does not take', async () => {
    const folder = await temporaryFolder();
    const server = await serve((request, response, number) => {
      if ('max_tokens' in request) refuse(response, 400, { message: "Use 'max_completion_tokens' instead." });
      else if ('temperature' in request)
        refuse(response, 400, { message: "Unsupported value: 'temperature'" });
      else return answerWell(request, response, number);
    });
    await writeReviews(folder, someReviews(2));
    const { result, events } = await follow(teachOptions(folder, server.address));
    expect(result?.kinds['analysis']?.kept).toBe(2);
    expect(server.requests.at(-1)).toMatchObject({ max_completion_tokens: 512 });
    expect(JSON.stringify(events)).toContain('does not take temperature');
  });
});
