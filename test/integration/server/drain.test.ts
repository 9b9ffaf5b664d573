import { Agent, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { keywordModel } from '../../helpers/keyword-model.js';
import { gate, post, serveInTest } from './served-model.js';

describe('a server that is asked to end', () => {
  it('says it is not ready, answers what comes meanwhile, then ends', async () => {
    const server = await serveInTest({ drainSeconds: 0.5 });
    const closing = server.close();
    const ready = await fetch(`${server.url}/ready`);
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close']);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect((await post(`${server.url}/predict`, { texts: ['soup'] })).status).toBe(200);
    await closing;
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  });

  it('answers what it accepted, and refuses what outlives the grace', async () => {
    const held = gate();
    const model = keywordModel();
    model.before = async (texts) => {
      if (texts.includes('table')) await held.opened;
    };
    const settings = { graceSeconds: 0.3, maxBatchTexts: 1 };
    const server = await serveInTest(settings, { models: new Map([['sample', model]]) });
    const quick = post(`${server.url}/predict`, { texts: ['soup'] });
    const stuck = post(`${server.url}/predict`, { texts: ['table'] });
    while (model.batches.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.close();
    expect((await quick).status).toBe(200);
    expect(await stuck).toMatchObject({ status: 503, body: { type: 'stopping' } });
    held.open();
  });

  it('loses no accepted request under load', async () => {
    const model = keywordModel({ batchMs: 5 });
    const server = await serveInTest(
      { drainSeconds: 0.2, maxWaitingTexts: 500 },
      { models: new Map([['sample', model]]) },
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    const tally = { right: 0, refused: 0, broken: 0 };
    let ending = false;
    const client = async (): Promise<void> => {
      for (;;) {
        const outcome = await askOnce(server.url, agent);
        tally[outcome] += 1;
        if (ending && outcome !== 'right') return;
      }
    };
    const clients = Array.from({ length: 50 }, client);
    while (tally.right < 500) await new Promise((resolve) => setTimeout(resolve, 5));
    ending = true;
    await server.close();
    await Promise.all(clients);
    agent.destroy();
    expect(tally.right).toBeGreaterThan(500);
    expect(tally.broken).toBe(0);
    // Every text that the model was given came back to its client: what was accepted was answered.
    expect(model.batches.reduce((sum, size) => sum + size)).toBe(tally.right);
  });
});

/** `refused`: told so, or never heard; `broken`: a wrong answer, or one that stopped half-way. */
async function askOnce(url: string, agent: Agent): Promise<'right' | 'refused' | 'broken'> {
  return await new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' };
    const asked = request(`${url}/predict`, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += String(chunk)));
      answer.on('error', () => resolve('broken'));
      answer.on('end', () => {
        if (answer.statusCode === 503) resolve('refused');
        else resolve(answer.statusCode === 200 && text.includes('"term":"soup"') ? 'right' : 'broken');
      });
    });
    asked.on('error', () => resolve('refused'));
    asked.end(JSON.stringify({ texts: ['good soup'] }));
  });
}
