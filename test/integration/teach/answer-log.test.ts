/** The log of answers: what a kill leaves of it, what it says it cost, and how it goes on. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AnswerLog } from '../../../src/teacher/answers/answer-log.js';
import type { AnsweredRecord } from '../../../src/teacher/answers/records.js';
import { hashBytes } from '../../../src/storage/digest.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const OPTIONS = { shardRows: 3, onFullDisk: () => undefined };
const keyOf = (number: number): string => hashBytes(String(number));

function answered(number: number, text = `answer ${number}`): AnsweredRecord {
  const usage = { inputTokens: 8, cachedInputTokens: 0, outputTokens: 2 };
  const head = { key: keyOf(number), attempt: 1, id: String(number), nanoUsd: 100, tokens: 10, exact: true };
  return {
    type: 'answered',
    ...head,
    finish: 'whole',
    model: 'm',
    requestId: null,
    usage,
    ms: 1,
    reusedFrom: null,
    text,
  };
}

async function ask(log: AnswerLog, number: number): Promise<void> {
  await log.asked({ type: 'asked', key: keyOf(number), attempt: 1, nanoUsd: 500, tokens: 50 });
}

describe('an answer log', () => {
  it('gives every answer back after it was closed, over several files, however long they are', async () => {
    const folder = await temporaryFolder();
    const log = await AnswerLog.open(folder, 'kind', OPTIONS);
    await Promise.all(
      Array.from({ length: 8 }, async (_, number) => {
        await ask(log, number);
        await log.answered(answered(number, 'ä'.repeat(number * 3000)));
      }),
    );
    await log.close();
    const again = await AnswerLog.open(folder, 'kind', OPTIONS);
    for (let number = 0; number < 8; number += 1) {
      expect((await again.index.read(keyOf(number)))?.text).toBe('ä'.repeat(number * 3000));
    }
    expect(again.index).toMatchObject({
      answers: 8,
      lost: 0,
      spent: { nanoUsd: 800, tokens: 80 },
      possible: { nanoUsd: 0 },
    });
    expect(await again.index.read(keyOf(99))).toBeNull();
    await again.close();
    expect(await readFile(join(folder, 'kind-v2.ndjson'), 'utf8')).not.toBe('');
  });

  it('takes a half line off, and counts a request without an answer at its worst, also when it is asked again', async () => {
    const folder = await temporaryFolder();
    const first = await AnswerLog.open(folder, 'kind', OPTIONS);
    await ask(first, 1);
    await ask(first, 2);
    await first.answered(answered(2));
    await first.close();
    await appendFile(join(folder, 'kind-v0.ndjson'), '{"type":"answered","key":"');
    const second = await AnswerLog.open(folder, 'kind', OPTIONS);
    expect(second.index).toMatchObject({ answers: 1, lost: 1, possible: { nanoUsd: 500, tokens: 50 } });
    await ask(second, 1);
    await second.answered(answered(1));
    await second.close();
    const third = await AnswerLog.open(folder, 'kind', OPTIONS);
    expect(third.index).toMatchObject({
      answers: 2,
      lost: 1,
      spent: { nanoUsd: 200 },
      possible: { nanoUsd: 500 },
    });
    await third.close();
  });

  it('refuses a line that it did not write, by its place', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'kind-v0.ndjson');
    await writeFile(path, `${JSON.stringify(answered(1))}\n{"type":"answered"}\n`);
    await expect(AnswerLog.open(folder, 'kind', OPTIONS)).rejects.toMatchObject({
      code: 'RUN_FOLDER',
      where: `${path}:2`,
    });
  });
});
