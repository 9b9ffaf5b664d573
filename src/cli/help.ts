/** The parts of the help that are more than a list of options. */
import { ENVIRONMENT_VARIABLES } from '../config/environment.js';
import { PRESETS } from '../config/presets.js';

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

/** ` (default: 42,52,62)`, from the preset `paper`; nothing where it has no value there. */
export function describeDefault(setting: string | undefined): string {
  if (setting === undefined) return '';
  let value: unknown = PRESETS.paper;
  for (const key of setting.split('.')) value = (value as Record<string, unknown> | null)?.[key];
  const shown = Array.isArray(value) ? value.join(',') : value;
  const isText = typeof shown === 'string' || typeof shown === 'number';
  return !isText || shown === '' ? '' : ` (default: ${shown})`;
}
