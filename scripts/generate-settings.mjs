// Writes docs/settings.md, schema/fsa.schema.json and the types in src/config/config.ts and sections/ from the settings in src/config, and the
// benchmark's form into docs/data.md.
//   node scripts/generate-settings.mjs           writes the files
//   node scripts/generate-settings.mjs --check   fails when a committed file is stale
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { tsImport } from 'tsx/esm/api';

const { settingsPageText } = await tsImport('../src/config/settings-page.ts', import.meta.url);
const { settingsSchemaText } = await tsImport('../src/config/json-schema.ts', import.meta.url);
const { configTypeTexts } = await tsImport('../src/config/config-type.ts', import.meta.url);
const { benchmarkSchemaText } = await tsImport('../src/data/benchmark/row-schema.ts', import.meta.url);

/** The page as it is, with the schema between its marks as it is now. */
async function withSchema(name) {
  const page = (await readFile(resolve(import.meta.dirname, '..', name), 'utf8')).replaceAll('\r\n', '\n');
  const [before, rest] = page.split('<!-- benchmark schema -->\n');
  const [, after] = rest.split('<!-- end of benchmark schema -->\n');
  const block = ['```json', benchmarkSchemaText(), '```', ''].join('\n');
  return `${before}<!-- benchmark schema -->\n${block}<!-- end of benchmark schema -->\n${after}`;
}

const files = {
  'docs/settings.md': settingsPageText(),
  'schema/fsa.schema.json': settingsSchemaText(),
  ...Object.fromEntries(
    Object.entries(configTypeTexts()).map(([name, text]) => [`src/config/${name}`, text]),
  ),
  'docs/data.md': await withSchema('docs/data.md'),
};

for (const [name, text] of Object.entries(files)) {
  const file = resolve(import.meta.dirname, '..', name);
  if (process.argv.includes('--check')) {
    const committed = await readFile(file, 'utf8').catch(() => null);
    if (committed?.replaceAll('\r\n', '\n') === text) console.error(`${name} matches src.`);
    else {
      console.error(`${name} does not match src: run \`npm run generate\` and commit the result.`);
      process.exitCode = 1;
    }
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    console.error(`Wrote ${name} (${text.length} bytes).`);
  }
}
