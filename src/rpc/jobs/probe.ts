/** Says what this machine can do: devices, bf16, speed of a matrix product. */
import { z } from 'zod';
import { device, placement } from './fields.js';

export const probe = {
  spec: z.strictObject({ kind: z.literal('probe'), placement }).meta({ title: 'ProbeSpec' }),
  output: z
    .strictObject({
      kind: z.literal('probe'),
      devices: z.array(device),
      bf16Works: z.boolean(),
      /** Measured rate of a 1024-cubed matrix product. */
      fp32GflopsPerSecond: z.number(),
      bf16GflopsPerSecond: z.number(),
    })
    .meta({ title: 'ProbeOutput' }),
};
