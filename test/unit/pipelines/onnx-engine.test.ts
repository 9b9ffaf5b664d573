import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ONNX_FILES, ONNX_VERSION } from '../../../src/inference/onnx-folder.js';
import { writeStudentFile } from '../../../src/inference/student-file.js';
import { openOnnxEngine } from '../../../src/pipelines/predict/onnx-engine.js';
import type { Student } from '../../../src/pipelines/sources/student.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

it('refuses an export whose weights have the right size and other bytes', async () => {
  const folder = await temporaryFolder();
  for (const name of ONNX_FILES) await writeFile(join(folder, name), `the bytes of ${name}`);
  await writeStudentFile(folder, ONNX_FILES, {
    ...{ task: 'atsa', elements: ['term', 'polarity'], polarities: ['positive'], digest: 'd'.repeat(64) },
    ...{
      maxInputTokens: 8,
      maxGeneratedTokens: 8,
      lineBreakToken: null,
      trainedOn: null,
      dev: null,
      test: null,
      layout: null,
    },
    onnx: {
      ...{ version: ONNX_VERSION, opset: 18, irVersion: 10, layers: 1, heads: 1, width: 1 },
      ...{
        startToken: 0,
        endToken: 1,
        padToken: 0,
        truncationSide: 'right',
        precision: 'fp32' as const,
        measured: null,
        madeBy: {},
      },
    },
  });
  await writeFile(join(folder, 'weights.bin'), 'THE BYTES OF weights.bin');
  await expect(openOnnxEngine({ folder } as Student, 1, undefined)).rejects.toMatchObject({
    code: 'CONFIG',
    message: 'The model folder is damaged: weights.bin has other bytes than were written.',
  });
});
