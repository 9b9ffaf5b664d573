/** Label Studio names texts and tags as each project does. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DataImportOptions, importData } from '../../../../src/index.js';
import { temporaryFolder } from '../../../helpers/temp-folder.js';

const TEXT = 'The soup was cold .';
const value = { start: 4, end: 8, text: 'soup', labels: ['negative'] };
const task = (data: object) => ({
  id: 7,
  data,
  annotations: [{ result: [{ id: 'a', type: 'labels', from_name: 'mood', to_name: 'review', value }] }],
});
const TUPLE = { target: 'soup', from: 4, to: 8, polarity: 'negative' };

async function importText(name: string, text: string, options: DataImportOptions = {}) {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, name), text);
  return await importData({
    train: [name],
    devShare: 0,
    testShare: 0,
    dryRun: true,
    cwd,
    task: 'atsa',
    ...options,
  });
}

describe('a Label Studio export', () => {
  it.each([
    ['the only text of a task', [task({ review: TEXT, stars: 2 })], {}],
    ['a text that is said', [task({ review: TEXT, shop: 'Krone' })], { columns: { text: 'review' } }],
    [
      'JSON_MIN with names of its own',
      [{ id: 7, review: TEXT, mood: [value], annotation_id: 3, annotator: 1 }],
      {},
    ],
  ] as const)('is read by %s', async (_, tasks, options) => {
    const { format, preview } = await importText('export.json', JSON.stringify(tasks), options);
    expect(format).toBe('label-studio');
    expect(preview).toEqual([{ ID: '7', sentence: TEXT, aspects: [TUPLE] }]);
  });

  it('takes nothing silently: what stands in the list and is no task is told with its line', async () => {
    const text = `[\n${JSON.stringify(task({ review: TEXT }))},\n"a, [b]", 3 , null,\n"x]"]\n`;
    const { preview, rejected } = await importText('export.json', text);
    expect(preview).toHaveLength(1);
    expect(rejected.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
      '3: an object should stand here, not a text',
      '3: an object should stand here, not a number',
      '3: an object should stand here, not null',
      '4: an object should stand here, not a text',
    ]);
  });

  it('is read as CSV with names of its own', async () => {
    const cell = JSON.stringify([value]).replaceAll('"', '""');
    const { preview } = await importText(
      'export.csv',
      `review,id,label,annotator,annotation_id\n${TEXT},7,"${cell}",1,3\n`,
    );
    expect(preview).toEqual([{ ID: '7', sentence: TEXT, aspects: [TUPLE] }]);
  });

  it('says where the texts may stand', async () => {
    await expect(
      importText('export.json', JSON.stringify([task({ review: TEXT, shop: 'Krone' })])),
    ).rejects.toMatchObject({
      problems: [expect.stringContaining('may stand under review, shop: say where (--column text=review)')],
    });
  });
});

describe('labels of its own', () => {
  it('are offered for the command line as the file has them', async () => {
    const rows = ['awful', 'very good', 'positive'].map((label, at) => `soup ${at},soup,${label}`).join('\n');
    await expect(importText('a.csv', `text,term,polarity\n${rows}\n`)).rejects.toMatchObject({
      advice: expect.stringContaining("(--polarities 'positive,awful,very good')") as string,
    });
  });
});
