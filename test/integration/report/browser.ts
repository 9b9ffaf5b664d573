/** A real Chromium for the tests of the page, where this machine has one. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Path of the browser: FSA_CHROMIUM, or Debian's; null where there is none, which CI does not accept. */
export const chromiumPath: string | null = (() => {
  const path = process.env['FSA_CHROMIUM'] ?? '/usr/bin/chromium';
  if (existsSync(path)) return path;
  if (process.env['CI'] !== undefined && process.env['CI'] !== '') {
    throw new Error(`There is no Chromium at ${path}: install one, or set FSA_CHROMIUM to its path.`);
  }
  if (process.env['FSA_REQUIRE_ALL'] !== undefined) {
    throw new Error(`FSA_REQUIRE_ALL is set, and there is no Chromium at ${path}.`);
  }
  console.warn(`Skipped: there is no Chromium at ${path} (set FSA_CHROMIUM to its path).`);
  return null;
})();

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function startBrowser(): Promise<Browser> {
  if (chromiumPath === null) throw new Error('there is no browser: guard the test with skipIf');
  return await chromium.launch({ executablePath: chromiumPath, args: ARGUMENTS });
}

export interface OpenPage {
  readonly page: Page;
  /** Dialogs, requests beyond the page itself, console messages, errors and policy violations, as they happened. */
  readonly trouble: string[];
  readonly close: () => Promise<void>;
}

/** Opens a page from a file, as a user would, and listens to all that should not happen. */
export async function openPage(browser: Browser, source: string, width = 1280): Promise<OpenPage> {
  const folder = mkdtempSync(join(tmpdir(), 'fsa-report-'));
  const file = join(folder, 'report.html');
  writeFileSync(file, source);
  const address = pathToFileURL(file).href;
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== address) trouble.push(`request: ${request.url()}`);
  });
  page.on('console', (message) => trouble.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective + ' ' + e.sourceFile))",
  );
  await page.goto(address);
  return {
    page,
    trouble,
    close: async () => {
      await context.close();
      rmSync(folder, { recursive: true });
    },
  };
}
