#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = new URL('../dist/cli/start.js', import.meta.url);
if (existsSync(program)) {
  const { start } = await import(program.href);
  process.exitCode = await start(process.argv.slice(2));
} else {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  console.error(`fsa: It is not built yet. (${folder})\nRun \`npm install && npm run build\` there.`);
  process.exitCode = 2;
}
