/** The frame of every page: it loads nothing, and runs nothing but the script that it brings along. */
import { createHash } from 'node:crypto';
import { html, Markup } from './markup.js';
import { STYLE } from './style.js';

export interface Page {
  readonly title: string;
  /** Stands above everything else. */
  readonly head: Markup;
  /** Where there are several, links to them stand above them. */
  readonly sections: readonly PageSection[];
  readonly foot?: Markup;
  /** JavaScript, embedded as it is. */
  readonly script?: string;
}

export interface PageSection {
  /** The `id` that the section's element carries. */
  readonly id: string;
  readonly name: string;
  readonly content: Markup;
}

/** The page as a string; the title is escaped here. */
export function makePage({ title, head, sections, foot, script }: Page): string {
  const several = sections.length > 1;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyFor(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="fsa">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
${several ? SKIP : null}<div class="wrap">${head}</div>
${several ? navigation(sections) : null}<main id="main" class="wrap">
${sections.map(({ content }) => content)}
</main>
${foot === undefined ? null : html`<footer><div class="wrap">${foot}</div></footer>\n`}${
  script === undefined ? null : html`<script>${new Markup(script)}</script>\n`
}</body>
</html>
`.source;
}

const SKIP = html`<a class="skip" href="#main">Skip to the numbers</a>\n`;

function navigation(sections: readonly PageSection[]): Markup {
  const links = sections.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>`);
  return html`<nav aria-label="Sections"><div class="wrap"><ul>${links}</ul></div></nav>\n`;
}

/** Nothing may be loaded; the one style sheet and the one script are known by their hashes. */
function policyFor(script: string | undefined): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(STYLE)}'`,
    ...(script === undefined ? [] : [`script-src '${hashOf(script)}'`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function hashOf(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}
