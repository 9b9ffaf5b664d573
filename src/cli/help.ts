/** The parts of the help that are more than a list of options. */
import { ENVIRONMENT_VARIABLES } from '../config/environment.js';

export function describeEnvironment(): string {
  const width = Math.max(...Object.keys(ENVIRONMENT_VARIABLES).map((name) => name.length));
  const lines = Object.entries(ENVIRONMENT_VARIABLES).map(
    ([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`,
  );
  return ['Environment:', ...lines].join('\n');
}

export function describeExamples(examples: readonly string[]): string {
  return ['Examples:', ...examples.map((example) => `  $ ${example}`)].join('\n');
}
