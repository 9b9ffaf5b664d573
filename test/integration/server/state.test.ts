import { describe, expect, it } from 'vitest';
import { chromiumPath, startBrowser } from '../report/browser.js';
import { post, serveInTest } from './served-model.js';

interface Api {
  readonly paths: Record<string, Record<string, { readonly operationId?: string }>>;
  readonly components: { readonly schemas: Record<string, object> };
}

describe('what a server says of itself', () => {
  it('counts requests, batches and refusals by route, never by address', async () => {
    const { url } = await serveInTest();
    await post(`${url}/predict`, { texts: ['good soup', 'sky'] });
    await post(`${url}/predict`, { texts: [] });
    await fetch(`${url}/nowhere/else?text=secret`);
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toContain('version=0.0.4');
    const text = await response.text();
    expect(text).toContain('fsa_http_request_duration_seconds_count{route="/predict",status="200"} 1');
    expect(text).toContain('fsa_requests_refused_total{reason="invalid-request"} 1');
    expect(text).toContain('fsa_batch_size_sum{model="sample"} 2');
    expect(text).toContain('fsa_tokens_total{model="sample",side="input"} 12');
    expect(text).toMatch(/fsa_model_info\{model="sample",digest="d{64}",task="atsa",backend="onnx"\} 1/);
    expect(text).not.toMatch(/nowhere|secret/);
  });

  it('keeps two servers in one process apart', async () => {
    const [one, two] = [await serveInTest(), await serveInTest()];
    await post(`${one.url}/predict`, { texts: ['soup'] });
    expect(await (await fetch(`${two.url}/metrics`)).text()).not.toContain('fsa_batch_size_count');
  });

  it('tells models and limits', async () => {
    const { url } = await serveInTest();
    expect(await (await fetch(`${url}/info`)).json()).toMatchObject({
      name: 'fsa',
      models: [{ name: 'sample', task: 'atsa', elements: ['term', 'polarity'], maxInputTokens: 512 }],
      limits: { maxTextsPerRequest: 16, maxBodyKib: 64 },
    });
  });

  it('describes its API with the limits in force', async () => {
    const { url } = await serveInTest();
    const api = (await (await fetch(`${url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, object>;
    };
    expect(api.openapi).toBe('3.1.0');
    const paths = ['/predict', '/health', '/ready', '/metrics', '/info', '/v2/models/{model}/infer'];
    expect(Object.keys(api.paths)).toEqual(expect.arrayContaining(paths));
    expect(JSON.stringify(api)).toContain('"maxItems":16');
    expect(JSON.stringify(api.paths['/predict'])).toMatch(/"429"/);
  });

  it('names every schema once, every operation, and the words of each answer, as clients are generated from', async () => {
    const { url } = await serveInTest({}, { token: 'sesame' });
    const headers = { authorization: 'Bearer sesame' };
    const api = (await (await fetch(`${url}/openapi.json`, { headers })).json()) as Api;
    const schemas = Object.keys(api.components.schemas);
    expect(schemas).toEqual(
      expect.arrayContaining(['PredictRequest', 'PredictAnswer', 'Prediction', 'Tuple', 'Refusal', 'Info']),
    );
    expect(schemas.filter((name) => schemas.includes(`${name}Input`))).toEqual([]);
    const text = JSON.stringify(api);
    const used = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual([...schemas].sort());
    expect(text).not.toMatch(/Default Response|900719|\$schema/);
    const operations = Object.values(api.paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain(undefined);
    expect(api.components.schemas['PredictRequest']).toMatchObject({
      required: ['texts'],
      examples: [{ texts: ['The soup was excellent.'] }],
    });
    expect(api.components.schemas['PredictAnswer']).not.toHaveProperty('additionalProperties');
    expect(api).toMatchObject({
      security: [{ token: [] }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      paths: { '/health': { get: { security: [] } } },
    });
  });

  it('keeps a request id that is fit for a log, and makes one otherwise', async () => {
    const { url } = await serveInTest();
    const idFor = async (id: string): Promise<string | null> =>
      (await fetch(`${url}/info`, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idFor('trace-7')).toBe('trace-7');
    expect(await idFor('a b')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe.skipIf(chromiumPath === null)('the page', () => {
  it('marks terms with their polarities in the text, and loads nothing from elsewhere', async () => {
    const { url } = await serveInTest({}, { token: 'sesame' });
    const browser = await startBrowser();
    try {
      const page = await browser.newPage();
      const asked = new Set<string>();
      const problems: string[] = [];
      page.on('request', (request) => asked.add(new URL(request.url()).origin));
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(url);
      await page.getByLabel('Token').fill('sesame');
      await page.getByLabel('A review sentence').fill('😀 <b>good</b> soup but bad service & a table');
      await page.getByRole('button', { name: 'Analyse' }).click();
      await page.locator('mark').first().waitFor();
      expect(await page.locator('mark.positive').allTextContents()).toEqual(['souppositive']);
      expect(await page.locator('mark.negative').allTextContents()).toEqual(['servicenegative']);
      expect(await page.locator('mark.neutral').allTextContents()).toEqual(['tableneutral']);
      expect(await page.locator('#marked').textContent()).toContain('😀 <b>good</b> soup');
      expect(await page.locator('#tuples tr').count()).toBe(3);
      await page.setViewportSize({ width: 120, height: 844 });
      const linesOfChips = await page.evaluate(
        "[...document.querySelectorAll('.chip')].map((chip) => chip.getClientRects().length)",
      );
      expect(linesOfChips, 'a label stays in one piece, however narrow the page').toEqual([1, 1, 1]);
      expect([...asked]).toEqual([new URL(url).origin]);
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
