import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { followRun, START, type Position } from '../../../src/trackers/follow-run.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { range, WrittenRun } from '../../helpers/written-run.js';

/** Reads until nothing is new; returns the steps read, and the types of events. */
async function readAll(
  folder: string,
  from: Position,
): Promise<{ steps: number[]; events: string[]; position: Position }> {
  const found = { steps: [] as number[], events: [] as string[], position: from };
  for (;;) {
    const { items, position } = await followRun(folder, found.position);
    found.position = position;
    if (items.length === 0) return found;
    for (const item of items) {
      if (item.kind === 'event') found.events.push(item.event.type);
      else found.steps.push(item.record.step);
    }
  }
}

describe('following a run by its files', () => {
  it('reads on where it ended, and nothing of a line that is not whole', async () => {
    const run = await WrittenRun.create(await temporaryFolder());
    await run.start(['job']);
    await run.metrics('job', range(1, 3));
    const first = await readAll(run.folder, START);
    expect(first).toMatchObject({ steps: [1, 2, 3], events: ['run-started', 'job-started'] });
    await appendFile(join(run.folder, 'journal.ndjson'), '{"type":"warning","ti');
    expect((await readAll(run.folder, first.position)).events).toEqual([]);
    await appendFile(
      join(run.folder, 'journal.ndjson'),
      'me":"2026-01-01T00:00:00Z","message":"m","where":null}\n',
    );
    expect((await readAll(run.folder, first.position)).events).toEqual(['warning']);
  });

  it('passes over damaged lines and lines of another version', async () => {
    const run = await WrittenRun.create(await temporaryFolder());
    await appendFile(join(run.folder, 'journal.ndjson'), 'no json\n{"type":"unheard-of","time":"x"}\n[]\n');
    await run.event({ type: 'warning', message: 'm', where: null });
    expect((await readAll(run.folder, START)).events).toEqual(['warning']);
  });

  it('takes steps that a resumed attempt writes again for what they are, also where their lines got longer', async () => {
    const run = await WrittenRun.create(await temporaryFolder());
    await run.start(['job']);
    await run.metrics('job', range(1, 10));
    const before = await readAll(run.folder, START);
    await run.cutMetrics('job', 6);
    const during = await readAll(run.folder, before.position);
    expect(during.steps).toEqual([]);
    await run.metrics('job', range(6, 8), 123_456.789);
    const behind = await readAll(run.folder, during.position);
    expect(behind.steps).toEqual([]);
    await run.metrics('job', range(9, 12), 123_456.789);
    expect((await readAll(run.folder, behind.position)).steps).toEqual([11, 12]);
  });

  it('reads files larger than it takes at once', async () => {
    const run = await WrittenRun.create(await temporaryFolder());
    await run.start(['job']);
    await run.metrics('job', range(1, 5000));
    expect((await readAll(run.folder, START)).steps).toEqual(range(1, 5000));
  });

  it('reads every step once, whatever is cut and written in between', async () => {
    const parent = await temporaryFolder();
    let number = 0;
    const moves = fc.array(
      fc.record({ add: fc.integer({ min: 1, max: 6 }), back: fc.nat(4), read: fc.boolean() }),
      {
        maxLength: 8,
      },
    );
    await fc.assert(
      fc.asyncProperty(moves, async (script) => {
        const run = await WrittenRun.create(join(parent, String((number += 1))));
        await run.start(['job']);
        let position = START;
        let [written, highest] = [0, 0];
        const seen: number[] = [];
        const read = async (): Promise<void> => {
          const next = await readAll(run.folder, position);
          seen.push(...next.steps);
          position = next.position;
        };
        for (const { add, back, read: reads } of script) {
          if (written > back && back > 0) {
            written -= back;
            await run.cutMetrics('job', written + 1);
          }
          await run.metrics('job', range(written + 1, written + add), 100 + back);
          written += add;
          highest = Math.max(highest, written);
          if (reads) await read();
        }
        await read();
        expect(seen).toEqual([...new Set(seen)]);
        expect(seen).toEqual(expect.arrayContaining(range(1, written)));
      }),
      { numRuns: 30 },
    );
  });
});
