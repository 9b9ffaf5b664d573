/** Gates on the command line: their options, and how their outcomes are told. */
import type { GateOutcome } from '../../index.js';
import type { CommandOption } from '../command.js';

/** Exit code where everything was done and some gate is not met (section 5 of the design). */
export const GATE_NOT_MET = 9;

export const GATE_OPTIONS: readonly CommandOption[] = [
  {
    flags: '--fail-under <dataset=F1>',
    description: 'exit 9 where the mean F1 is lower: atsa/rest14=65, MODEL:atsa/rest14/hard=50; repeatable',
    repeatable: true,
  },
  {
    flags: '--no-worse-than <run>',
    description: 'exit 9 where a model is worse than in that run',
  },
];

export function gateLines(gates: readonly GateOutcome[]): string[] {
  return gates.map(
    ({ gate, model, dataset, passed, message }) =>
      `gate ${passed ? 'met' : 'NOT MET'}: ${gate}: ${model} on ${dataset}: ${message}`,
  );
}
