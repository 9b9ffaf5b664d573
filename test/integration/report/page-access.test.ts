/** The HTML page for those with a small screen, and for those who do not see it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import { toHtml } from '../../../src/report/html.js';
import { makeDistillation, makeEval } from '../../unit/report/example.js';
import { chromiumPath, openPage, startBrowser } from './browser.js';

describe.skipIf(chromiumPath === null)('the page in Chromium, for everybody', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });

  it('gives each part of a wrong sentence the width of a phone', async () => {
    const report = buildReport({ runs: [makeEval()] });
    const { page, close } = await openPage(browser, await toHtml(report), 390);
    const row = page.locator('[data-part="rows"] tr').first();
    await row.waitFor();
    const widths = await row
      .locator('td')
      .evaluateAll((cells) =>
        (cells as unknown as { offsetWidth: number }[]).map(({ offsetWidth }) => offsetWidth),
      );
    expect(Math.min(...widths)).toBeGreaterThan(300);
    await close();
  });

  it('names its regions, tables and charts for those who do not see them', async () => {
    const { page, close } = await openPage(
      browser,
      await toHtml(buildReport({ runs: [makeEval(), makeDistillation()] })),
    );
    const charts = page.locator('figure svg');
    expect(await charts.count()).toBeGreaterThan(5);
    for (const chart of await charts.all()) expect(await chart.getAttribute('aria-label')).toMatch(/\w+/);
    expect(await page.locator('table').count()).toBe(
      await page.locator('[role=region][aria-label][tabindex="0"] > table').count(),
    );
    expect(await page.locator('th:not([scope])').count()).toBe(0);
    expect(await page.locator('input:not(label input), select:not(label select)').count()).toBe(0);
    const targets = await page
      .locator('nav a')
      .evaluateAll((links) => links.map((link) => (link as unknown as { hash: string }).hash));
    for (const target of targets) expect(await page.locator(target).count()).toBe(1);
    await close();
  });
});
