// Writes docs/settings.md, schema/fsa.schema.json and src/config/config.ts from the settings in src/config.
//   node scripts/generate-settings.mjs           writes the files
//   node scripts/generate-settings.mjs --check   fails when a committed file is stale
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { tsImport } from 'tsx/esm/api';

const { settingsPageText } = await tsImport('../src/config/settings-page.ts', import.meta.url);
const { settingsSchemaText } = await tsImport('../src/config/json-schema.ts', import.meta.url);
const { configTypeText } = await tsImport('../src/config/config-type.ts', import.meta.url);
const files = {
  'docs/settings.md': settingsPageText(),
  'schema/fsa.schema.json': settingsSchemaText(),
  'src/config/config.ts': configTypeText(),
};

for (const [name, text] of Object.entries(files)) {
  const file = resolve(import.meta.dirname, '..', name);
  if (process.argv.includes('--check')) {
    const committed = await readFile(file, 'utf8').catch(() => null);
    if (committed?.replaceAll('\r\n', '\n') === text) console.error(`${name} matches src/config.`);
    else {
      console.error(`${name} does not match src/config: run \`npm run generate\` and commit the result.`);
      process.exitCode = 1;
    }
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    console.error(`Wrote ${name} (${text.length} bytes).`);
  }
}
