import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ONNX_FILES, ONNX_VERSION, requireOnnx } from '../../../src/inference/onnx-folder.js';
import { writeStudentFile, type StudentFile } from '../../../src/inference/student-file.js';
import type { PushOptions } from '../../../src/pipelines/push/push.js';
import { resolveModel } from '../../../src/pipelines/sources/model.js';
import { resolveStudent } from '../../../src/pipelines/sources/student.js';
import { hashFiles, hashOfFiles } from '../../../src/storage/digest.js';
import { decidesResults } from '../../../src/storage/model-files.js';
import { writeStudent } from '../../helpers/written-student.js';
import { makeBytes, type HubHome } from './hub-home.js';
import { openPushHome, pushStudent, REPO } from './push-home.js';

let home: HubHome;
beforeEach(async () => {
  home = await openPushHome();
});
afterEach(async () => {
  await home.close();
});

async function send(model: string, options: Partial<PushOptions> = {}): Promise<string> {
  return (await pushStudent(model, options)).card;
}

/** The folder of a student for Node alone, as `fsa export` leaves it. */
async function writeGraphs(folder: string, { files: _, ...like }: StudentFile): Promise<string> {
  await mkdir(folder);
  for (const name of ONNX_FILES) await writeFile(join(folder, name), makeBytes(3000, name.length));
  const graphs = {
    opset: 18,
    irVersion: 10,
    layers: 1,
    heads: 1,
    width: 1,
    startToken: 0,
    endToken: 1,
    padToken: 0,
    truncationSide: 'right' as const,
  };
  await writeStudentFile(folder, ONNX_FILES, {
    ...like,
    onnx: { ...graphs, version: ONNX_VERSION, precision: 'fp32', measured: null, madeBy: {} },
  });
  return folder;
}

describe('a student that was pushed and downloaded', () => {
  it('is the same student: its task, its limits and its digest come along', async () => {
    const folder = join(home.folder, 'made');
    await writeStudent(folder, {}, makeBytes(5000));
    const digest = hashOfFiles(await hashFiles(folder, decidesResults));
    await writeStudent(folder, { digest, maxInputTokens: 77 }, makeBytes(5000));
    const card = await send(folder);
    expect(card).toContain(`fsa download model --repo ${REPO}`);
    await rm(folder, { recursive: true });
    await home.get({ what: 'model', repo: REPO });
    const { task, maxInputTokens, form, file } = await resolveStudent(REPO, home.folder, {});
    expect({ task, maxInputTokens, form }).toEqual({
      task: 'atsa',
      maxInputTokens: 77,
      form: 'hugging-face',
    });
    expect(Object.keys(file!.files)).toEqual(['config.json', 'model.safetensors']);
    expect((await resolveModel(REPO, home.folder)).digest).toBe(digest);
  });

  it('may be one for Node alone: all its graphs come along, and none is taken for a pickle', async () => {
    const { file } = await resolveStudent(await writeStudent(join(home.folder, 'made')), home.folder, {});
    const folder = await writeGraphs(join(home.folder, 'graphs'), file!);
    expect(await send(folder)).toContain(`loadModel('${REPO}')`);
    const sentence = 'is an export for Node, which has no weights to train.';
    await expect(resolveModel(folder, home.folder)).rejects.toThrow(sentence);
    await rm(folder, { recursive: true });
    await home.get({ what: 'model', repo: REPO });
    expect(home.events.filter(({ type }) => type === 'warning')).toEqual([]);
    const found = await resolveStudent(REPO, home.folder, {});
    expect(found.form).toBe('onnx');
    expect(Object.keys((await requireOnnx(found.folder)).files)).toEqual([...ONNX_FILES]);
    await expect(resolveModel(REPO, home.folder)).rejects.toThrow(sentence);
  });
});

describe('a title', () => {
  it.each([
    ['name', ''],
    ['name', 'two\nlines'],
    ['message', ' '],
    ['message', 'two\nlines'],
  ])('has words in it, on one line: %s %j', async (what, text) => {
    const folder = await writeStudent(join(home.folder, 'made'));
    await expect(send(folder, { [what]: text })).rejects.toMatchObject({ code: 'USAGE', where: `--${what}` });
    expect(home.hub.requests).toEqual([]);
  });
});
