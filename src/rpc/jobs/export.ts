/** Writes a student for runtimes without Python; the orchestrator checks what it decodes before it is used. */
import { z } from 'zod';
import { count, modelFields, path, placement, seconds, written } from './fields.js';

/** `fsa`: what `src/inference` decodes. `transformers-js`: the names and graphs that this library looks for. */
export const LAYOUTS = ['fsa', 'transformers-js'] as const;
export type Layout = (typeof LAYOUTS)[number];

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
      layout: z.enum(LAYOUTS).meta({ title: 'ExportLayout' }),
      /** An empty folder. */
      folder: written(path),
      /** An empty folder for the same graphs with weights of 8 bits; null where none are wanted. */
      int8Folder: written(path.nullable()),
      /** Texts that the graphs for transformers.js must decode as the runtime does, or the job fails. */
      checkTexts: z.array(z.string()),
    })
    .meta({ title: 'ExportSpec' }),
  output: z
    .strictObject({
      kind: z.literal('export'),
      ...graphFacts,
      versions: z
        .strictObject({
          torch: z.string(),
          onnx: z.string(),
          onnxscript: z.string(),
          onnxruntime: z.string(),
        })
        .meta({ title: 'ExportVersions' }),
      seconds,
    })
    .meta({ title: 'ExportOutput' }),
};
