import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { html } from '../../../src/report/html/markup.js';
import { makePage } from '../../../src/report/html/page.js';

const head = html`<h1>Numbers</h1>`;
const section = (id: string) => ({ id, name: `Part <${id}>`, content: html`<section id="${id}"></section>` });
const between = (page: string, start: string, end: string) => page.split(start)[1]!.split(end)[0]!;
const hashOf = (source: string) => `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
const policyOf = (page: string) =>
  between(page, 'Content-Security-Policy" content="', '"').replaceAll('&#39;', "'");

describe('the frame of a page', () => {
  it('allows its own style sheet and script, by their hashes, and nothing else', () => {
    const page = makePage({ title: 'T', head, sections: [section('a')], script: "'use strict';\n1 < 2;" });
    expect(policyOf(page).split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${hashOf(between(page, '<style>', '</style>'))}`,
      `script-src ${hashOf(between(page, '<script>', '</script>'))}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    const still = makePage({ title: 'T', head, sections: [section('a')] });
    expect(policyOf(still)).not.toContain('script-src');
    expect(still).not.toContain('<script');
  });

  it('links to its sections where there are several, and escapes what it is called', () => {
    const page = makePage({ title: '</title>&', head, sections: [section('a'), section('b')] });
    expect(page).toContain('<title>&lt;/title&gt;&amp;</title>');
    expect(between(page, '<nav', '</nav>').match(/<a [^]*?<\/a>/g)).toEqual([
      '<a href="#a">Part &lt;a&gt;</a>',
      '<a href="#b">Part &lt;b&gt;</a>',
    ]);
    expect(page).toContain('<section id="b">');
    expect(page).toContain('href="#main"');
    const single = makePage({ title: 'T', head, sections: [section('a')] });
    expect(single).not.toContain('<nav');
    expect(single).not.toContain('href');
  });
});
