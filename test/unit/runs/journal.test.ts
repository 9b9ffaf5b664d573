import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVENT_HANDLING, type FsaEvent } from '../../../src/events.js';
import { Journal } from '../../../src/runs/journal.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const time = '2026-01-01T00:00:00.000Z';

async function linesOf(path: string): Promise<FsaEvent[]> {
  const text = await readFile(path, 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as FsaEvent);
}

describe('Journal', () => {
  it('keeps news and leaves out what comes many times a second', async () => {
    const path = join(await temporaryFolder(), 'journal.ndjson');
    const journal = await Journal.open(path);
    const progress = { rows: 1, bytesDone: 1, bytesTotal: 2, secondsLeft: null };
    journal.event({ type: 'data-progress', what: 'checking', ...progress, time });
    journal.event({ type: 'warning', message: 'kept', where: null, time });
    await journal.close();
    expect(await linesOf(path)).toEqual([{ type: 'warning', message: 'kept', where: null, time }]);
  });

  it('keeps events in their order, however many are added at once', async () => {
    const path = join(await temporaryFolder(), 'journal.ndjson');
    const journal = await Journal.open(path);
    for (let index = 0; index < 500; index += 1)
      journal.event({ type: 'warning', message: String(index), where: null, time });
    await journal.close();
    const messages = (await linesOf(path)).map((event) => (event.type === 'warning' ? event.message : ''));
    expect(messages).toEqual(Array.from({ length: 500 }, (_, index) => String(index)));
  });

  it('never drops for a slow reader what it keeps itself', () => {
    const both = Object.entries(EVENT_HANDLING).filter(([, { keep, droppable }]) => keep === droppable);
    expect(both).toEqual([]);
  });
});
