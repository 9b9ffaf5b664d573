import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeData } from '../../../src/pipelines/data/stats.js';
import { smallCorpus, smallDataset } from '../../helpers/small-data.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

async function pageOf(paths: readonly string[]): Promise<string> {
  const cwd = await temporaryFolder();
  await smallDataset(cwd, 'atsa');
  await smallDataset(cwd, 'acsa');
  await smallCorpus(cwd);
  const work = { signal: new AbortController().signal, emit: () => undefined };
  await describeData({ paths, cwd, html: 'page.html' }, work);
  return await readFile(join(cwd, 'page.html'), 'utf8');
}

describe('the page of data stats', () => {
  it('has a section, a link to it and captioned charts for each dataset and the corpus', async () => {
    const page = await pageOf(['atsa/small', 'acsa/small', 'corpus.json']);
    const links = [...page.matchAll(/<a href="#([^"]+)">([^<]+)<\/a>/g)].map(([, id, name]) => [id, name]);
    expect(links).toEqual([
      ['dataset-1', 'atsa/small'],
      ['dataset-2', 'acsa/small'],
      ['corpus', 'Corpus'],
    ]);
    for (const [id, name] of links) {
      expect(page.split(`<section id="${id}"><h2>${name}</h2>`)).toHaveLength(2);
    }
    const figures = page.match(/<figure>/g)!.length;
    expect(figures).toBeGreaterThanOrEqual(2 + 4);
    expect(
      page.match(/<figure><figcaption>[A-Z][^<]+<\/figcaption><svg role="img" aria-label="/g),
    ).toHaveLength(figures);
  });

  it('has no links where there is one section, and nothing that runs', async () => {
    const page = await pageOf(['atsa/small']);
    expect(page).not.toMatch(/<nav|<a |<script|script-src/);
    expect(page).toContain('<meta name="referrer" content="no-referrer">');
  });
});
