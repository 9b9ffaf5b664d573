import { once } from 'node:events';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seal } from '../../../src/storage/sealed-json.js';
import { fsa, parseLines, startFsa, type RunningCli } from '../../helpers/cli.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { factsOf, range, WrittenRun } from '../../helpers/written-run.js';
import { makeEval } from '../../unit/report/example.js';
import { chromiumPath, startBrowser } from '../report/browser.js';

async function startWatch(run: WrittenRun, port = 0): Promise<{ url: string; server: RunningCli }> {
  const server = startFsa(['watch', run.folder, '--port', String(port), '--json']);
  onTestFinished(() => server.kill('SIGKILL'));
  const url = await new Promise<string>((resolve) => {
    server.onStdout((said) => {
      const match = /"url":"(http:[^"]+)"/.exec(said);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
  });
  return { url, server };
}

const epochOf = (jobId: string, epoch: number) =>
  ({
    type: 'job-epoch',
    ...factsOf(jobId),
    epoch,
    epochs: 9,
    devF1: epoch / 10,
    bestEpoch: epoch,
    meanLoss: 1 / epoch,
  }) as const;

describe.skipIf(chromiumPath === null)('fsa watch in Chromium', () => {
  it('shows every event once though the server is killed and restarted, and the report at the end', async () => {
    const run = await WrittenRun.create(await temporaryFolder());
    await run.start(['a', 'b']);
    await run.metrics('a', range(1, 30));
    const first = await startWatch(run);
    const browser = await startBrowser();
    onTestFinished(async () => await browser.close());
    const page = await (await browser.newContext()).newPage();
    const trouble: string[] = [];
    page.on('pageerror', ({ message }) => trouble.push(message));
    page.on('console', (message) => {
      // That a connection was lost is what this test does; everything else would be a fault.
      if (!/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY/.test(message.text())) trouble.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(first.url) && !request.url().startsWith('data:'))
        trouble.push(request.url());
    });
    await page.goto(first.url);
    await page.locator('#connection', { hasText: 'live' }).waitFor();
    expect(await page.locator('#log li').count()).toBe(3);
    await run.event(epochOf('a', 1));
    await page.locator('#log', { hasText: 'epoch 1/9' }).waitFor();
    await page.locator('#board', { hasText: 'dev 10.00' }).waitFor();

    first.server.kill('SIGKILL');
    await first.server.ended;
    for (const epoch of range(2, 6)) await run.event(epochOf('a', epoch));
    const half = JSON.stringify({ ...epochOf('b', 7), time: '2026-01-02T04:00:00.000Z' });
    await appendFile(join(run.folder, 'journal.ndjson'), half.slice(0, 40));
    const second = await startWatch(run, Number(new URL(first.url).port));
    await page.locator('#log', { hasText: 'epoch 6/9' }).waitFor();
    expect(await page.locator('#log', { hasText: 'epoch 7/9' }).count()).toBe(0);
    await appendFile(join(run.folder, 'journal.ndjson'), `${half.slice(40)}\n`);
    await page.locator('#log', { hasText: 'epoch 7/9' }).waitFor();

    const { results } = makeEval({
      models: ['model'],
      datasets: [{ task: 'atsa', name: 'small' }],
      seeds: [42],
    });
    await writeFile(join(run.folder, 'results.json'), JSON.stringify(seal(results!)));
    await run.finish(['a', 'b']);
    await page.locator('.status', { hasText: 'finished' }).waitFor();
    const items = await page.locator('#log li').all();
    const shown = await Promise.all(items.map((item) => item.getAttribute('class')));
    const lines = parseLines(await readFile(join(run.folder, 'journal.ndjson'), 'utf8'));
    expect(shown.reverse()).toEqual(lines.map(({ type }) => type));
    expect(await page.locator('#count').textContent()).toBe(String(lines.length));
    await page.getByRole('link', { name: /^Report/ }).click();
    await page.locator('h2').first().waitFor();
    expect(await page.locator('body').textContent()).toContain('F1');
    expect(trouble).toEqual([]);
    second.server.kill('SIGINT');
    expect((await second.server.ended).exitCode).toBe(0);
  });
});

describe('what fsa watch answers', () => {
  it('only loopback names and its own origin, and a run that was replaced is shown anew', async () => {
    const run = await WrittenRun.create(await temporaryFolder());
    await run.start(['a']);
    const { url } = await startWatch(run);
    const { request } = await import('node:http');
    const statusWith = async (headers: Record<string, string>): Promise<number | undefined> =>
      await new Promise((resolve, reject) => {
        request(url, { headers }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect(await statusWith({})).toBe(200);
    expect(await statusWith({ host: 'rebound.example' })).toBe(403);
    expect(await statusWith({ origin: 'http://elsewhere.example' })).toBe(403);
    expect((await fetch(url, { method: 'POST' })).status).toBe(404);
    const read = async (headers: Record<string, string>): Promise<string> => {
      const response = await fetch(`${url}/events`, { headers });
      let text = '';
      for await (const chunk of response.body! as ReadableStream<Uint8Array>) {
        text += Buffer.from(chunk).toString();
        if (/event: (board|reload)/.test(text)) break;
      }
      return text;
    };
    const size = (await readFile(join(run.folder, 'journal.ndjson'))).length;
    expect(await read({ 'last-event-id': '0' })).toMatch(/id: \d+\nevent: journal\ndata: .*"run-started"/);
    expect(await read({ 'last-event-id': String(size) })).not.toContain('event: journal');
    expect(await read({ 'last-event-id': String(size - 3) })).toContain('event: reload');
    expect(await read({ 'last-event-id': '99999999' })).toContain('event: reload');
    await rm(join(run.folder, 'journal.ndjson'));
    expect(await read({ 'last-event-id': String(size) })).toContain('event: reload');
  });

  it('says in a sentence that there is no run, and that the port is taken', async () => {
    const folder = await temporaryFolder();
    const none = await fsa(['watch', folder]);
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toContain('is no run folder');
    const run = await WrittenRun.create(folder);
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    onTestFinished(() => void holder.close());
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const taken = await fsa(['watch', run.folder, '--port', String(port)]);
    expect(taken.exitCode).toBe(2);
    expect(taken.stderr).toContain('the port is taken');
  });
});
