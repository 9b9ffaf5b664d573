/** How far a run is, as it tells it: of these reviews, over all starts, and to the last one. */
import { expect, it } from 'vitest';
import { Tally } from '../../../src/cli/render/tally.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import {
  answerWell,
  follow,
  serve,
  someReviews,
  teachOptions,
  writeReviews,
  type Followed,
} from './teach-home.js';

/** The last line of a board. */
function lastLine({ events }: Followed): string {
  const started = events.find((event) => event.type === 'run-started');
  if (started === undefined) return '';
  const tally = new Tally(started, 0);
  for (const event of events) tally.count(event);
  return tally.describe(60_000);
}

it('counts what was answered before, of these reviews and no others, in every kind and to the end', async () => {
  const folder = await temporaryFolder();
  const server = await serve(answerWell);
  await writeReviews(folder, someReviews(9));
  const run = async (teach: NonNullable<Parameters<typeof teachOptions>[2]>['teach']) =>
    await follow(teachOptions(folder, server.address, { teach }));
  expect(lastLine(await run({ kinds: ['analysis'], limit: 6 }))).toContain('6 of 6 done');
  // Three of the six that have their analysis, and none that is rewritten.
  const both = await run({ kinds: ['analysis', 'rewrite'], limit: 3 });
  expect(both.error).toMatchObject({ code: 'RUN_FOLDER' });
  const less = await run({ kinds: ['analysis'], limit: 4 });
  expect(less.events.find(({ type }) => type === 'run-started')).toMatchObject({ jobs: 4, alreadyDone: 4 });
  expect(lastLine(less)).toContain('4 of 4 done');
});

it('goes on where the budget ended it in the second kind, and counts grades as well', async () => {
  const folder = await temporaryFolder();
  const server = await serve(answerWell);
  await writeReviews(folder, someReviews(8));
  const kinds = ['analysis' as const, 'rewrite' as const];
  const judge = { model: `${server.address}#judge` };
  const poor = await follow(teachOptions(folder, server.address, { teach: { kinds, budget: 0.016, judge } }));
  expect(poor.error).toMatchObject({ code: 'BUDGET' });
  expect(poor.error?.message).toMatch(/: \$0\.\d{4} is left, and one may cost up to \$0\.\d{4}\.$/);
  expect(lastLine(poor)).toMatch(/ (9|1\d) of 16 done/);
  const whole = await follow(teachOptions(folder, server.address, { teach: { kinds, budget: 1, judge } }));
  expect(whole.error).toBeNull();
  expect(lastLine(whole)).toContain('32 of 32 done');
});
