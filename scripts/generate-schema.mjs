// Writes what Python needs of the zod schemas in src/rpc: the JSON Schema that it validates messages with, and
// their types.
//   node scripts/generate-schema.mjs           writes the files
//   node scripts/generate-schema.mjs --check   fails when a committed file is stale
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { tsImport } from 'tsx/esm/api';
import { typedDictsOf } from './lib/typed-dicts.mjs';

const { protocolSchemaText } = await tsImport('../src/rpc/json-schema.ts', import.meta.url);
const schema = protocolSchemaText();
const types = Object.entries(typedDictsOf(JSON.parse(schema)));
const FILES = {
  '../py_runtime/schema/protocol.v3.json': schema,
  ...Object.fromEntries(types.map(([name, text]) => [`../py_runtime/fsa_runtime/messages/${name}`, text])),
};

for (const [path, text] of Object.entries(FILES)) {
  const file = resolve(import.meta.dirname, path);
  const name = relative(process.cwd(), file);
  if (process.argv.includes('--check')) {
    const committed = await readFile(file, 'utf8').catch(() => null);
    if (committed?.replaceAll('\r\n', '\n') !== text) {
      console.error(`${name} does not match src/rpc: run \`npm run generate\` and commit the result.`);
      process.exitCode = 1;
    } else {
      console.error(`${name} matches src/rpc.`);
    }
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    console.error(`Wrote ${name} (${text.length} bytes).`);
  }
}
