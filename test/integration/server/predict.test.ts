import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { keywordModel } from '../../helpers/keyword-model.js';
import { gate, metric, post, serveInTest, until } from './served-model.js';

/** The body of an answer that was read byte by byte. */
function refusalIn(said: string): unknown {
  return JSON.parse(said.split('\r\n\r\n')[1] ?? '');
}

describe('POST /predict', () => {
  it('answers each text in order with tuples and spans in code points', async () => {
    const { url } = await serveInTest();
    const { status, body } = await post(`${url}/predict`, {
      texts: ['good soup', '', '😀 bad service', 'nothing'],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      model: 'sample',
      predictions: [
        { tuples: [{ term: 'soup', polarity: 'positive', from: 5, to: 9 }], malformed: 0, truncated: false },
        { tuples: [] },
        { tuples: [{ term: 'service', polarity: 'negative', from: 6, to: 13 }] },
        { tuples: [] },
      ],
    });
    expect(JSON.stringify(body)).not.toContain('"text"');
  });

  it('adds what the student wrote only for the request that wants it', async () => {
    const held = gate();
    const model = keywordModel();
    model.before = async () => await held.opened;
    const { url } = await serveInTest({}, { models: new Map([['sample', model]]) });
    const answers = [
      post(`${url}/predict`, { texts: ['soup'], raw: true }),
      post(`${url}/predict`, { texts: ['soup'] }),
    ];
    held.open();
    const [raw, plain] = await Promise.all(answers);
    expect(raw?.body).toMatchObject({ predictions: [{ text: 'soup | positive' }] });
    expect(JSON.stringify(plain?.body)).not.toContain('"text"');
  });

  it('puts what waits into full batches and splits it again', async () => {
    const held = gate();
    const model = keywordModel();
    model.before = async () => await held.opened;
    const { url } = await serveInTest({ maxBatchTexts: 4 }, { models: new Map([['sample', model]]) });
    const words = ['soup', 'service', 'table', 'sky'];
    const asked = Array.from({ length: 12 }, (_, at) => words[at % 4] as string);
    const answers = asked.map(async (word) => await post(`${url}/predict`, { texts: [word, 'soup'] }));
    const queued = async (): Promise<number | null> => await metric(url, 'fsa_queue_depth{model="sample"}');
    await until(async () => (model.batches[0] ?? 0) + ((await queued()) ?? 0) === 24);
    held.open();
    const polarity = { soup: 'positive', service: 'negative', table: 'neutral' } as Record<string, string>;
    for (const [at, { body }] of (await Promise.all(answers)).entries()) {
      const word = asked[at] as string;
      const expected = word === 'sky' ? [] : [{ term: word, polarity: polarity[word] }];
      expect(body['predictions']).toMatchObject([{ tuples: expected }, { tuples: [{ term: 'soup' }] }]);
    }
    expect(model.batches.reduce((sum, size) => sum + size)).toBe(24);
    expect(model.batches.length).toBeLessThan(12);
  });

  it('chooses among several models by name', async () => {
    const models = new Map([
      ['one', keywordModel()],
      ['two', keywordModel()],
    ]);
    const { url } = await serveInTest({}, { models });
    expect((await post(`${url}/predict`, { texts: ['soup'], model: 'two' })).body['model']).toBe('two');
    expect(await post(`${url}/predict`, { texts: ['soup'] })).toMatchObject({ status: 400 });
    expect(await post(`${url}/predict`, { texts: ['soup'], model: 'three' })).toMatchObject({
      status: 404,
      body: { type: 'not-found', error: expect.stringContaining('one, two') as unknown },
    });
  });
});

describe('what is refused', () => {
  it.each([
    ['no JSON', '{"texts": ["so', 400, 'invalid-request'],
    ['no texts', { texts: [] }, 400, 'invalid-request'],
    ['a text that is a number', { texts: ['soup', 7] }, 400, 'invalid-request'],
    ['an unknown field', { texts: ['soup'], temperature: 1 }, 400, 'invalid-request'],
    ['10,000 texts', { texts: Array(10_000).fill('a') }, 413, 'too-large'],
    ['a body of 1 MB', { texts: ['a'.repeat(1_000_000)] }, 413, 'too-large'],
    ['a text that is too long', { texts: ['soup', 'a'.repeat(1001)] }, 413, 'too-large'],
  ])('%s', async (_what, body, status, type) => {
    const { url } = await serveInTest();
    const answer = await post(`${url}/predict`, body);
    expect(answer).toMatchObject({ status, body: { type } });
    expect(answer.body['requestId']).toBe(answer.headers.get('x-request-id'));
  });

  it.each([
    [{}, 'texts is missing.'],
    [{ texts: 'secret' }, 'texts is a string, not an array.'],
    [{ texts: [] }, 'texts is empty.'],
    [[], 'the body is an array, not an object.'],
    ['null', 'the body is null, not an object.'],
    [{ texts: ['secret words', 7] }, 'texts[1] is a number, not a string.'],
    [
      { texts: ['a'], raw: 'yes', text: 'secret' },
      'raw is a string, not true or false; there is no field text; did you mean texts?',
    ],
    [{ texts: ['a'], 'a secret': 1 }, 'one of its fields is not known here.'],
    [{ texts: Array(16).fill(7) }, 'texts[2] is a number, not a string; and 13 more like these.'],
  ])('says which field is wrong and what to send, and repeats no text: %j', async (request, problem) => {
    const { url } = await serveInTest();
    const { body } = await post(`${url}/predict`, request);
    expect(body['error']).toContain('The request cannot be read: ');
    expect(body['error']).toContain(`${problem} Send for example {"texts":["The soup was excellent."]}.`);
    expect(JSON.stringify(body)).not.toMatch(/secret|expected/);
  });

  it.each([
    ['bytes that are no UTF-8', Buffer.from('{"texts": ["na\xefve"]}', 'latin1'), 'not UTF-8'],
    ['a key that stands twice', '{"texts": ["soup"], "texts": ["bread"]}', 'A key stands twice'],
    [
      'a key that reaches for a prototype',
      '{"texts": ["soup"], "__proto__": {}}',
      'A key of the body is __proto__',
    ],
    [
      'its other form',
      '{"texts": [], "constructor": {"prototype": 1}}',
      'or constructor with prototype in it',
    ],
    ['such a key of no JSON at all', '{"__proto__": ', 'The body is no valid JSON.'],
  ])('%s, of which some would be lost', async (_what, body, sentence) => {
    const { url } = await serveInTest();
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/predict`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: 'invalid-request',
      error: expect.stringContaining(sentence) as string,
    });
  });

  it('repeats nothing of a body that is no JSON', async () => {
    const { url } = await serveInTest();
    expect(JSON.stringify(await post(`${url}/predict`, '{"texts": ["secret words'))).not.toContain('secret');
  });

  it.each([
    ['GET', '/predict', 'POST'],
    ['OPTIONS', '/predict', 'POST'],
    ['PUT', '/predict', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['DELETE', '/', 'GET, HEAD'],
    ['GET', '/v2/models/sample/infer', 'POST'],
    ['PATCH', '/v2/models/sample/versions/1', 'GET, HEAD'],
  ])('%s %s, with the methods that are answered there', async (method, path, allowed) => {
    const { url } = await serveInTest();
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
    expect(await response.json()).toMatchObject({ type: 'method-not-allowed' });
  });

  it.each(['text/plain', 'application/xml'])('%s', async (type) => {
    const { url } = await serveInTest();
    const answer = await post(`${url}/predict`, '{"texts":["soup"]}', { 'content-type': type });
    expect(answer).toMatchObject({ status: 415, body: { type: 'unsupported-media-type' } });
  });

  it('a body that is compressed', async () => {
    const { url } = await serveInTest();
    const answer = await post(`${url}/predict`, '{"texts":["soup"]}', { 'content-encoding': 'gzip' });
    expect(answer).toMatchObject({ status: 415, body: { type: 'unsupported-media-type' } });
  });

  it.each(['/%zz', '/v2/models/%ff', `/v2/models/${'a'.repeat(200)}`])(
    'an address that is none: %s',
    async (path) => {
      const { url } = await serveInTest();
      const response = await fetch(url + path);
      const body = (await response.json()) as { requestId: string };
      expect([response.status, body]).toMatchObject([400, { type: 'invalid-request' }]);
      expect(body.requestId).toBe(response.headers.get('x-request-id'));
      expect(JSON.stringify(body)).not.toMatch(/%|aaa/);
    },
  );

  it('an unknown address', async () => {
    const { url } = await serveInTest();
    expect(await post(`${url}/predictions`, {})).toMatchObject({ status: 404, body: { type: 'not-found' } });
  });

  it('a client without the token, but for probes', async () => {
    const { url } = await serveInTest({}, { token: 'open sesame' });
    const ask = async (authorization?: string): Promise<number> =>
      (
        await post(
          `${url}/predict`,
          { texts: ['soup'] },
          authorization === undefined ? {} : { authorization },
        )
      ).status;
    expect([await ask(), await ask('Bearer nonsense'), await ask('open sesame')]).toEqual([401, 401, 401]);
    expect(await ask('Bearer open sesame')).toBe(200);
    expect((await fetch(`${url}/info`)).status).toBe(401);
    for (const path of ['/health', '/ready', '/v2/health/live', '/v2/health/ready'])
      expect((await fetch(url + path)).status, path).toBe(200);
  });

  it('a foreign Host header on loopback', async () => {
    const { url } = await serveInTest({ allowedHosts: ['fsa.example'] });
    const statusFor = async (host: string): Promise<number | undefined> =>
      await new Promise((resolve, reject) => {
        const asked = request(`${url}/info`, { headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        asked.on('error', reject).end();
      });
    expect(await statusFor('evil.example:80')).toBe(403);
    expect(await statusFor('fsa.example')).toBe(200);
    expect(await statusFor('localhost:1')).toBe(200);
  });

  it('more texts than may wait, with a time to come back', async () => {
    const held = gate();
    const model = keywordModel();
    model.before = async () => await held.opened;
    const settings = { maxBatchTexts: 1, maxWaitingTexts: 2 };
    const { url } = await serveInTest(settings, { models: new Map([['sample', model]]) });
    const first = post(`${url}/predict`, { texts: ['soup'] });
    await until(() => model.batches.length === 1);
    const waiting = post(`${url}/predict`, { texts: ['soup', 'table'] });
    await until(async () => (await metric(url, 'fsa_queue_depth{model="sample"}')) === 2);
    const refused = await post(`${url}/predict`, { texts: ['soup'] });
    expect(refused).toMatchObject({ status: 429, body: { type: 'queue-full' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    held.open();
    expect([(await first).status, (await waiting).status]).toEqual([200, 200]);
  });

  it('a request without waiting for its body while no model takes a text more', async () => {
    const held = gate();
    const model = keywordModel();
    model.before = async () => await held.opened;
    const settings = { maxBatchTexts: 1, maxWaitingTexts: 1 };
    const { url } = await serveInTest(settings, { models: new Map([['sample', model]]) });
    const first = post(`${url}/predict`, { texts: ['soup'] });
    await until(() => model.batches.length === 1);
    const waiting = post(`${url}/predict`, { texts: ['soup'] });
    await until(async () => (await metric(url, 'fsa_queue_depth{model="sample"}')) === 1);
    const { hostname, port } = new URL(url);
    for (const path of ['/predict', '/v2/models/sample/infer']) {
      const socket = connect(Number(port), hostname);
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
      );
      const said = await new Promise<string>((resolve) =>
        socket.once('data', (chunk) => resolve(chunk.toString())),
      );
      socket.destroy();
      expect(said).toMatch(/^HTTP\/1\.1 429/);
      expect(said).toContain('retry-after: ');
    }
    held.open();
    expect([(await first).status, (await waiting).status]).toEqual([200, 200]);
  });

  it('texts that the model does not get to in time, and goes on afterwards', async () => {
    const held = gate();
    const model = keywordModel();
    model.before = async () => await held.opened;
    const { url } = await serveInTest({ deadlineSeconds: 0.2 }, { models: new Map([['sample', model]]) });
    const late = await post(`${url}/predict`, { texts: ['soup'] });
    expect(late).toMatchObject({ status: 504, body: { type: 'deadline-exceeded' } });
    held.open();
    expect((await post(`${url}/predict`, { texts: ['soup'] })).status).toBe(200);
  });

  it('texts on which the model fails, without the reason, and goes on afterwards', async () => {
    const model = keywordModel();
    model.before = () => {
      throw new Error('/home/somebody/weights are broken');
    };
    const { url } = await serveInTest({}, { models: new Map([['sample', model]]) });
    const failed = await post(`${url}/predict`, { texts: ['soup'] });
    expect(failed).toMatchObject({ status: 500, body: { type: 'inference-failed' } });
    expect(JSON.stringify(failed.body)).not.toContain('somebody');
    model.before = () => undefined;
    expect((await post(`${url}/predict`, { texts: ['soup'] })).status).toBe(200);
  });

  it('a request whose client leaves never reaches the model', async () => {
    const held = gate();
    const model = keywordModel();
    model.before = async () => await held.opened;
    const { url } = await serveInTest({ maxBatchTexts: 1 }, { models: new Map([['sample', model]]) });
    const first = post(`${url}/predict`, { texts: ['soup'] });
    await until(() => model.batches.length === 1);
    const leaving = new AbortController();
    const body = JSON.stringify({ texts: ['table'] });
    const headers = { 'content-type': 'application/json' };
    const left = fetch(`${url}/predict`, { method: 'POST', body, headers, signal: leaving.signal });
    await until(async () => (await metric(url, 'fsa_queue_depth{model="sample"}')) === 1);
    leaving.abort();
    await expect(left).rejects.toThrow();
    await until(async () => (await metric(url, 'fsa_queue_depth{model="sample"}')) === 0);
    held.open();
    await first;
    expect(model.batches).toEqual([1]);
  });

  it('a client that sends its request too slowly', async () => {
    const { url } = await serveInTest({ requestSeconds: 0.5 });
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(
      'POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    const said = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', () => resolve(text));
    });
    expect(said).toMatch(/^HTTP\/1\.1 408/);
    expect(refusalIn(said)).toMatchObject({ type: 'too-slow' });
  });

  it('what is no whole request, in the form of every refusal', async () => {
    const { url } = await serveInTest();
    const half =
      'POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"te';
    for (const [sent, status, type] of [
      ['hello\r\n\r\n', 400, 'invalid-request'],
      [half, 400, 'invalid-request'],
      [`GET /health HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`, 431, 'too-large'],
    ] as const) {
      const { hostname, port } = new URL(url);
      const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
      socket.end(sent);
      const said = await new Promise<string>((resolve) => {
        let text = '';
        socket.on('data', (chunk) => (text += chunk.toString()));
        socket.on('close', () => resolve(text));
        socket.on('error', () => resolve(text));
      });
      expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(refusalIn(said)).toEqual({
        error: expect.stringMatching(/\.$/) as string,
        type,
        requestId: /x-request-id: (\S+)/i.exec(said)?.[1],
      });
    }
    expect((await post(`${url}/predict`, { texts: ['soup'] })).status).toBe(200);
  });
});
