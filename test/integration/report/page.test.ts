/** The HTML page in a real browser. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import { toHtml } from '../../../src/report/html.js';
import type { RunInput } from '../../../src/report/input.js';
import type { PredictionLine } from '../../../src/runs/types.js';
import { makeDistillation, makeEval } from '../../unit/report/example.js';
import { chromiumPath, openPage, startBrowser } from './browser.js';

const PAYLOADS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  "'><svg/onload=alert(3)>",
  '</script><script>alert(4)</script>',
  '<!--<script>alert(5)',
  '</title><script>alert(6)</script>',
  '<a href="javascript:alert(7)">x</a>',
  '<iframe src="http://attacker.invalid/"></iframe>',
  '<link rel=stylesheet href=http://attacker.invalid/a.css>',
  '`${alert(8)}`{{alert(9)}}',
  '</style><style>*{background:url(http://attacker.invalid/b)}',
  '<base href="http://attacker.invalid/">',
  '\u2028alert(10)\u0000\u202e<b>',
];

/** A run with the payload in every field that a user, a file or a model can fill. */
function makeHostile(text: string): RunInput[] {
  const run = makeEval({
    name: text,
    models: [`base${text}`, `other${text}`],
    datasets: [{ task: 'acsa', name: text }],
    shares: [0.5, 1],
    sentences: 12,
    edit: (cell) => ({ ...cell, device: text }),
    fail: ({ model, seed }) => (model.startsWith('other') && seed === 62 ? text : null),
    file: {
      notes: [text],
      createdAt: text,
      fsaVersion: text,
      device: text,
      hashes: { [text]: text },
      versions: { [text]: text },
      config: { [text]: { [text]: text } },
    },
  });
  const line: PredictionLine = {
    id: text,
    sentence: text,
    gold: `${text.replaceAll(/[|;]/g, '')} | positive`,
    text: `x${text} | negative ; ${text}`,
    subsets: ['all'],
  };
  const predictions = new Map([...run.predictions].map(([id, lines]) => [id, [line, ...lines]]));
  return [
    { ...run, folder: text, predictions },
    { ...makeDistillation({ name: text }), folder: text },
  ];
}

describe.skipIf(chromiumPath === null)('the page in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });

  it.each(PAYLOADS)('shows %j as text wherever it stands', async (payload) => {
    const report = buildReport(
      { runs: makeHostile(payload) },
      { title: payload, createdAt: payload, baseline: `base${payload}` },
    );
    const { page, trouble, close } = await openPage(browser, await toHtml(report));
    await page.locator('[data-part="rows"] tr').first().waitFor();
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    await page.locator('[data-part="search"]').fill('alert');
    await page.locator('[data-part="model"]').selectOption({ index: 1 });
    await page.waitForTimeout(250);
    expect(trouble).toEqual([]);
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.locator('style').count()).toBe(1);
    expect(await page.locator('img, iframe, link, base, object, embed, main a').count()).toBe(0);
    const shown = payload
      .replace(/[\u0000\u2028\u202e]+/g, ' ')
      .trim()
      .replace(/\s+/g, ' ');
    const heading = await page.locator('h1').innerText();
    expect(heading.trim().replace(/\s+/g, ' ')).toBe(shown);
    await close();
  });

  it('searches, filters, pages and says how many rows are shown', async () => {
    const report = buildReport({ runs: [makeEval({ sentences: 300 })] });
    const { rows } = report.mistakes;
    const { page, trouble, close } = await openPage(browser, await toHtml(report));
    const lines = page.locator('[data-part="rows"] tr');
    const status = page.locator('[data-part="status"]');
    const says = async (text: string) => {
      await expect.poll(async () => await status.innerText(), { timeout: 20_000 }).toBe(text);
    };
    await says(`1–50 of ${rows.length.toLocaleString('en')}`);
    expect(await lines.count()).toBe(50);

    const soups = rows.filter((row) =>
      [row.sentence, ...[...row.gold, ...row.predicted].map((piece) => piece.text)].some((text) =>
        text.toLowerCase().includes('soup'),
      ),
    );
    await page.locator('[data-part="search"]').fill('SOUP');
    await says(
      `1–${Math.min(50, soups.length)} of ${soups.length} (filtered from ${rows.length.toLocaleString('en')})`,
    );
    for (const text of await lines.allInnerTexts()) expect(text.toLowerCase()).toContain('soup');

    const ours = soups.filter((row) => row.model === 'base' && row.subsets.includes('hard'));
    await page.locator('[data-part="model"]').selectOption('base');
    await page.locator('[data-part="subset"]').selectOption({ label: 'hard' });
    await says(
      `1–${Math.min(50, ours.length)} of ${ours.length} (filtered from ${rows.length.toLocaleString('en')})`,
    );

    await page.locator('[data-part="search"]').fill('nothing has these words');
    await says(`0 of ${rows.length.toLocaleString('en')}`);
    expect(await lines.allInnerTexts()).toEqual(['No sentence matches.']);

    await page.locator('[data-part="search"]').fill('');
    await page.locator('[data-part="model"]').selectOption('');
    await page.locator('[data-part="subset"]').selectOption('');
    await says(`1–50 of ${rows.length.toLocaleString('en')}`);
    await page.locator('[data-part="next"]').focus();
    await page.keyboard.press('Enter');
    await says(`51–100 of ${rows.length.toLocaleString('en')}`);
    await page.locator('[data-part="back"]').click();
    await says(`1–50 of ${rows.length.toLocaleString('en')}`);
    await page.locator('[data-part="order"]').selectOption('seeds');
    const most = Math.max(...rows.map((row) => row.seeds.length));
    expect(await lines.first().innerText()).toContain(`${most} of 3 seeds`);
    expect(trouble).toEqual([]);
    await close();
  });

  it('marks the pairs that differ, and finds them by cause', async () => {
    const run = makeEval({ models: ['base'], seeds: [42], datasets: [{ task: 'acsa', name: 'rest16' }] });
    const line: PredictionLine = {
      id: '1',
      sentence: 'Good food, slow service.',
      gold: 'food quality | positive ; service general | negative',
      text: 'food quality | positive ; service general | neutral ; oh',
      subsets: ['all'],
    };
    const other = { ...line, id: '2', gold: '', text: 'food prices | negative' };
    const predictions = new Map([...run.predictions.keys()].map((id) => [id, [other, line]]));
    const { page, close } = await openPage(
      browser,
      await toHtml(buildReport({ runs: [{ ...run, predictions }] })),
    );
    expect(await page.locator('[data-part="rows"] .extra').allInnerTexts()).toHaveLength(2);
    await page.locator('[data-part="cause"]').selectOption('polarity');
    await expect.poll(async () => await page.locator('[data-part="rows"] tr').count()).toBe(1);
    expect(await page.locator('[data-part="rows"] .missed').getAttribute('data-cause')).toBe('polarity');
    const marks = async (selector: string) =>
      await page.locator(`[data-part="rows"] ${selector}`).allInnerTexts();
    expect(await marks('.found')).toEqual(['food quality | positive']);
    expect(await marks('.missed')).toEqual(['service general | negative']);
    expect(await marks('.right')).toEqual(['food quality | positive']);
    expect(await marks('.extra')).toEqual(['service general | neutral']);
    expect(await marks('.malformed')).toEqual(['oh']);
    await close();
  });

  it('filters by cause from the keyboard alone, and keeps a runaway prediction from filling the page', async () => {
    const run = makeEval({ models: ['base'], seeds: [42], datasets: [{ task: 'acsa', name: 'rest16' }] });
    const line = (id: string, text: string): PredictionLine => ({
      id,
      sentence: 'Good food.',
      gold: 'food quality | positive',
      text,
      subsets: ['all'],
    });
    const lines = [line('1', 'food quality | negative'), line('2', 'superb '.repeat(400).trim())];
    const predictions = new Map([...run.predictions.keys()].map((id) => [id, lines]));
    const { page, close } = await openPage(
      browser,
      await toHtml(buildReport({ runs: [{ ...run, predictions }] })),
    );
    const rows = page.locator('[data-part="rows"] tr');
    const isOn = (part: string) => `document.activeElement?.getAttribute('data-part') === '${part}'`;
    await page.locator('[data-part="search"]').focus();
    for (let presses = 0; presses < 8 && !(await page.evaluate(isOn('cause'))); presses++) {
      await page.keyboard.press('Tab');
    }
    expect(await page.evaluate(isOn('cause'))).toBe(true);
    await page.keyboard.type('malformed');
    await expect.poll(async () => await rows.count()).toBe(1);
    const long = rows.locator('.malformed');
    expect(await long.getAttribute('tabindex')).toBe('0');
    const box = await long.boundingBox();
    expect(box?.height).toBeLessThan(150);
    await page.emulateMedia({ media: 'print' });
    expect((await long.boundingBox())?.height).toBeGreaterThan(150);
    await close();
  });

  it.each([360, 768, 1280])(
    'fits a window %i wide, in light and dark, with every number of the table',
    async (width) => {
      const report = buildReport({
        runs: [
          makeEval({ models: ['base', 'a model with a rather long name (analysis)'], shares: [0.1, 1] }),
          makeDistillation(),
        ],
      });
      const { page, trouble, close } = await openPage(browser, await toHtml(report), width);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      const table = await page.locator('#atsa table').first().innerText();
      for (const { f1 } of report.tasks[0]!.rows.flatMap((row) => row.cells))
        expect(table).toContain(f1.mean!.toFixed(2));
      const background = async () => await page.evaluate('getComputedStyle(document.body).backgroundColor');
      const light = await background();
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await background()).not.toBe(light);
      const bar = page.locator('figure svg path[fill^="var(--series"]').first();
      expect(
        await bar.evaluate(
          (one) =>
            (globalThis as unknown as { getComputedStyle(of: unknown): { fill: string } }).getComputedStyle(
              one,
            ).fill,
        ),
      ).toMatch(/^rgb/);
      expect(trouble).toEqual([]);
      await close();
    },
  );

  it('stays usable with a hundred thousand rows', async () => {
    const run = makeEval({
      models: ['base'],
      seeds: [42],
      datasets: [{ task: 'acsa', name: 'big' }],
      sentences: 10,
    });
    const lines = Array.from(
      { length: 100_000 },
      (_, index): PredictionLine => ({
        id: String(index),
        sentence: `Sentence number ${index} about the food.`,
        gold: 'food general | positive',
        text: 'food general | negative',
        subsets: ['all', 'test'],
      }),
    );
    const predictions = new Map([...run.predictions.keys()].map((id) => [id, lines]));
    const source = await toHtml(buildReport({ runs: [{ ...run, predictions }] }));
    const started = performance.now();
    const { page, trouble, close } = await openPage(browser, source);
    const status = page.locator('[data-part="status"]');
    await expect.poll(async () => await status.innerText(), { timeout: 20_000 }).toBe('1–50 of 100,000');
    const opened = performance.now();
    await page.locator('[data-part="search"]').fill('number 77777');
    await expect
      .poll(async () => await status.innerText(), { timeout: 20_000 })
      .toBe('1–1 of 1 (filtered from 100,000)');
    console.log(
      `100,000 rows: ${(source.length / 1e6).toFixed(1)} MB, opened in ${Math.round(opened - started)} ms, searched in ${Math.round(performance.now() - opened)} ms`,
    );
    expect(trouble).toEqual([]);
    await close();
  });
});
