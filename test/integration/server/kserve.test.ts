import { describe, expect, it } from 'vitest';
import { post, serveInTest } from './served-model.js';

const inputs = (data: unknown[], more: object = {}): object[] => [
  { name: 'text', datatype: 'BYTES', shape: [data.length], data, ...more },
];
const input = (data: unknown[], more: object = {}): object => ({ inputs: inputs(data, more) });

describe('KServe v2', () => {
  it('infers, with the id echoed and one JSON string per text', async () => {
    const { url } = await serveInTest();
    for (const path of ['/v2/models/sample/infer', '/v2/models/sample/versions/1/infer']) {
      const { status, body } = await post(url + path, { id: 'mine', ...input(['good soup', 'sky']) });
      expect(status).toBe(200);
      expect(body).toMatchObject({ id: 'mine', model_name: 'sample', model_version: '1' });
      const [output] = body['outputs'] as { name: string; shape: number[]; data: string[] }[];
      expect(output).toMatchObject({ name: 'tuples', datatype: 'BYTES', shape: [2] });
      expect(output?.data.map((row) => JSON.parse(row) as unknown)).toEqual([
        [{ term: 'soup', polarity: 'positive', from: 5, to: 9 }],
        [],
      ]);
    }
  });

  it.each([
    ['no string', input([7])],
    ['nothing', input([])],
    ['another name', input(['soup'], { name: 'image' })],
    ['another datatype', input(['soup'], { datatype: 'FP32' })],
    ['a shape that does not fit', input(['soup'], { shape: [2] })],
    ['two inputs', { inputs: [...inputs(['a']), ...inputs(['b'])] }],
    [
      'binary data',
      { inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: 5 } }] },
    ],
    ['another output', { inputs: inputs(['a']), outputs: [{ name: 'scores' }] }],
    ['a shape with a fraction', input(['soup'], { shape: [1.5] })],
    ['a shape with a length below 0', input(['soup'], { shape: [-1] })],
  ])('refuses %s', async (_what, body) => {
    const { url } = await serveInTest();
    const answer = await post(`${url}/v2/models/sample/infer`, body);
    expect(answer).toMatchObject({ status: 400, body: { error: expect.any(String) as unknown } });
  });

  it('reads rows that are nested as their shape says, and an output that is named', async () => {
    const { url } = await serveInTest();
    const request = {
      inputs: inputs([['good soup'], ['sky']], { shape: [2, 1] }),
      outputs: [{ name: 'tuples' }],
    };
    const { status, body } = await post(`${url}/v2/models/sample/infer`, request);
    expect([status, body]).toMatchObject([200, { outputs: [{ shape: [2] }] }]);
  });

  it('describes server and model, and knows no other', async () => {
    const { url } = await serveInTest();
    const get = async (path: string): Promise<[number, unknown]> => {
      const response = await fetch(url + path);
      return [response.status, await response.json()];
    };
    expect(await get('/v2')).toMatchObject([200, { name: 'fsa' }]);
    const metadata = {
      name: 'sample',
      versions: ['1'],
      inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
    };
    expect(await get('/v2/models/sample')).toMatchObject([200, metadata]);
    expect(await get('/v2/models/sample/versions/1')).toMatchObject([200, metadata]);
    expect(await get('/v2/models/sample/ready')).toEqual([200, { status: 'ready' }]);
    expect((await get('/v2/models/other'))[0]).toBe(404);
    expect((await get('/v2/models/other/ready'))[0]).toBe(404);
    expect((await get('/v2/models/sample/versions/2'))[0]).toBe(404);
  });
});
