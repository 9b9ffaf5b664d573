/** A known address with a method that it does not take: 405, with those that it takes. */
import { Refusal } from './refusal.js';
import type { App } from './served.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Called before the routes are added; `refuse` after them. */
export function watchMethods(app: App): { refuse: () => void } {
  const taken = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = taken.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    taken.set(url, methods);
  });
  return {
    refuse: () => {
      for (const [url, methods] of [...taken]) {
        const allowed = [...methods].sort().join(', ');
        app.route({
          method: METHODS.filter((one) => !methods.has(one)),
          url,
          schema: { hide: true },
          // Before a body is read, and after the token has been asked for.
          onRequest: (request, _reply, done) => {
            const refusal = new Refusal(
              'method-not-allowed',
              `${request.method} is not answered here: send ${allowed.replaceAll(', ', ' or ')}.`,
              { allow: allowed },
            );
            done(refusal);
          },
          handler: () => undefined,
        });
      }
    },
  };
}
