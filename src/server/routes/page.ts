/** The small page at `/` to try a sentence; its script and style come from here, and nothing else is loaded. */
import { PAGE_HEADERS } from '../page/headers.js';
import { TRY_PAGE } from '../page/page.js';
import { TRY_SCRIPT } from '../page/script.js';
import { TRY_STYLE } from '../page/style.js';
import type { App } from '../served.js';

export function addPage(app: App): void {
  for (const [url, type, content] of [
    ['/', 'text/html; charset=utf-8', TRY_PAGE],
    ['/page.js', 'text/javascript; charset=utf-8', TRY_SCRIPT],
    ['/page.css', 'text/css; charset=utf-8', TRY_STYLE],
  ] as const) {
    app.get(url, { schema: { hide: true }, config: { open: true } }, async (_request, reply) => {
      await reply
        .headers(PAGE_HEADERS)
        .type(type)
        .serializer((text) => String(text))
        .send(content);
    });
  }
}
