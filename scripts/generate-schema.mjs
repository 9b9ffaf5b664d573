// Writes the JSON Schema that Python validates messages with from the zod schemas in src/rpc.
//   node scripts/generate-schema.mjs           writes the file
//   node scripts/generate-schema.mjs --check   fails when the committed file is stale
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { tsImport } from 'tsx/esm/api';

const file = resolve(import.meta.dirname, '../py_runtime/schema/protocol.v1.json');
const name = relative(process.cwd(), file);
const { protocolSchemaText } = await tsImport('../src/rpc/json-schema.ts', import.meta.url);
const text = protocolSchemaText();

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
