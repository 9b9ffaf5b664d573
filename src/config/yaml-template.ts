/** A commented fsa.yaml: what was chosen stands there, everything else as a comment with its default. */
import { configReference, type SettingDescription } from './describe.js';
import type { PresetName } from './presets.js';

/**
 * @param schemaPath of the JSON Schema, as an editor finds it
 * @param chosen values by dotted key
 */
export function settingsTemplate(
  preset: PresetName,
  schemaPath: string,
  chosen: Readonly<Record<string, unknown>>,
): string {
  const lines = [
    `# yaml-language-server: $schema=${schemaPath}`,
    `# Settings of fsa, with the defaults of the preset ${preset}. A line that begins with "#" shows a default: take the`,
    '# "#" away to change it. `fsa config show --config FILE` prints what holds and where each value comes from.',
  ];
  let section: readonly string[] = [];
  for (const setting of configReference(preset)) {
    const path = setting.key.split('.');
    const parents = path.slice(0, -1);
    lines.push('', ...headersOf(section, parents), ...linesOf(setting, path, chosen[setting.key]));
    section = parents;
  }
  return `${lines.join('\n')}\n`;
}

/** The names of sections that begin here. */
function headersOf(before: readonly string[], parents: readonly string[]): string[] {
  const same = parents.findIndex((name, at) => before[at] !== name);
  return same === -1 ? [] : parents.slice(same).map((name, at) => `${'  '.repeat(same + at)}${name}:`);
}

function linesOf(setting: SettingDescription, path: readonly string[], value: unknown): string[] {
  const indent = '  '.repeat(path.length - 1);
  const shown =
    value === undefined
      ? `# ${path.at(-1) ?? ''}: ${setting.default}`
      : `${path.at(-1) ?? ''}: ${JSON.stringify(value)}`;
  return [`${indent}# ${setting.description}; ${setting.type}`, `${indent}${shown}`];
}
