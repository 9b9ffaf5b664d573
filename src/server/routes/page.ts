/** The small page at `/` to try a sentence; its script and style come from here, and nothing else is loaded. */
import { TRY_PAGE } from '../page/page.js';
import { TRY_SCRIPT } from '../page/script.js';
import { TRY_STYLE } from '../page/style.js';
import type { App } from '../served.js';

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

export function addPage(app: App): void {
  for (const [url, type, content] of [
    ['/', 'text/html; charset=utf-8', TRY_PAGE],
    ['/page.js', 'text/javascript; charset=utf-8', TRY_SCRIPT],
    ['/page.css', 'text/css; charset=utf-8', TRY_STYLE],
  ] as const) {
    app.get(url, { schema: { hide: true }, config: { open: true } }, async (_request, reply) => {
      await reply
        .headers(HEADERS)
        .type(type)
        .serializer((text) => String(text))
        .send(content);
    });
  }
}
