/** Writes a student for runtimes without Python; the orchestrator checks what it decodes before it is used. */
import { z } from 'zod';
import { count, modelFields, path, placement, seconds, written } from './fields.js';

/** How graphs are fed; a student's fsa.json keeps it. */
export const graphFacts = {
  opset: z.int(),
  irVersion: z.int(),
  layers: z.int().min(1),
  heads: z.int().min(1),
  /** Of one head's keys and values. */
  width: z.int().min(1),
  startToken: count,
  endToken: count,
  padToken: count,
  truncationSide: z.enum(['left', 'right']).meta({ title: 'TruncationSide' }),
};

export const exportJob = {
  spec: z
    .strictObject({
      kind: z.literal('export'),
      placement,
      ...modelFields,
      maxInputTokens: z.int().min(1),
      maxGeneratedTokens: z.int().min(1),
      /** An empty folder. */
      folder: written(path),
    })
    .meta({ title: 'ExportSpec' }),
  output: z
    .strictObject({
      kind: z.literal('export'),
      ...graphFacts,
      versions: z
        .strictObject({ torch: z.string(), onnx: z.string(), onnxscript: z.string() })
        .meta({ title: 'ExportVersions' }),
      seconds,
    })
    .meta({ title: 'ExportOutput' }),
};
