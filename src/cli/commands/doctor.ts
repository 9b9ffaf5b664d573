import type { CommandBody } from '../command.js';
import { OUTPUT_OPTIONS } from './common.js';

export const doctorCommand: CommandBody = {
  options: [...OUTPUT_OPTIONS],
  examples: ['fsa doctor', 'fsa doctor --json'],
  run: async ({ output, signal }) => {
    const { doctor } = await import('../../index.js');
    const { formatDoctor } = await import('../render/doctor.js');
    const found = await output.watch(doctor({}, { signal }), { resultSaysAll: true });
    output.result(found, formatDoctor(found, output.color));
    return found.ok ? 0 : 3;
  },
};
