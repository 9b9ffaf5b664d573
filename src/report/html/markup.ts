/** HTML that is escaped unless it was made here. */
import { withoutControls } from '../../printable.js';

/** Markup that may go into a page as it is. */
export class Markup {
  constructor(readonly source: string) {}
}

export type Content = Markup | string | number | null | readonly Content[];

/** A piece of HTML; every value in it is escaped, but for markup made by this function. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const parts = strings.map((text, index) =>
    index < values.length ? text + render(values[index] ?? null) : text,
  );
  return new Markup(parts.join(''));
}

function render(value: Content): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.source;
  if (typeof value === 'string') return escapeHtml(value);
  return typeof value === 'number' ? String(value) : value.map(render).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Text for content and for quoted attributes; control characters become spaces. */
export function escapeHtml(text: string): string {
  return withoutControls(text).replace(/[&<>"'`]/g, (sign) => ENTITIES[sign] ?? sign);
}

/** Data for a `<script type="application/json">`: nothing in it can end the element or begin a comment. */
export function embedJson(value: unknown): Markup {
  const source = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return new Markup(source);
}
