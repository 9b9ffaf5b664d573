/** docs/settings.md: every setting in a table of its section. */
import { configReference, type SettingDescription } from './describe.js';

/** The text of the page. */
export function settingsPageText(): string {
  const samples = new Map(configReference('sample').map((setting) => [setting.key, setting.default]));
  const sections = new Map<string, SettingDescription[]>();
  for (const setting of configReference('paper')) {
    const section = setting.key.split('.').slice(0, -1).join('.');
    sections.set(section, [...(sections.get(section) ?? []), setting]);
  }
  return [
    '# Settings',
    '',
    'Generated from `src/config/schema.ts` by `npm run generate`. A preset fills every setting; then come `fsa.yaml`',
    '(`--config`), `--set key=value` in order, and named flags. `fsa config show` prints each value and where it comes from;',
    '`fsa init` writes a commented `fsa.yaml`; `schema/fsa.schema.json` in the package describes it to editors.',
    ...[...sections].flatMap(([section, settings]) => [
      '',
      `## ${section === '' ? 'Top level' : `\`${section}\``}`,
      '',
      '| setting | meaning | value | paper | sample |',
      '|---|---|---|---|---|',
      ...settings.map(({ key, description, type, default: paper }) => {
        const sample = samples.get(key) ?? '';
        const cells = [code(key), description, type, code(paper), sample === paper ? '' : code(sample)];
        return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
      }),
    ]),
    '',
  ].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
