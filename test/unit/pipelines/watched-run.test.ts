import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { WatchedRun } from '../../../src/pipelines/watch/watched-run.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { WrittenRun } from '../../helpers/written-run.js';

it('a run that has taken the place of another is shown alone, also with the longer journal', async () => {
  const parent = await temporaryFolder();
  const run = await WrittenRun.create(parent);
  await run.start(['first']);
  const watched = await WatchedRun.open(run.folder);
  expect(await watched.board()).toContain('model · first');
  await rename(run.folder, `${run.folder}-aside`);
  const other = await WrittenRun.create(parent);
  await other.start(['second', 'third', 'fourth']);
  // Drawn at most once a second.
  let board = await watched.board();
  while (!board.includes('model · fourth')) {
    await sleep(100);
    board = await watched.board();
  }
  expect(board).toContain('model · second');
  expect(board).not.toContain('model · first');
});
