/** `npm run sample`: writes datasets/sample and models/sample anew from their seed; `-- --check` only compares. */
import { join } from 'node:path';
import { installAndBuild, requireNode, ROOT, run } from './lib/steps.mjs';

requireNode();
await installAndBuild();
const { output } = await run(process.execPath, ['bin/fsa.js', 'setup', '--quiet'], {
  capture: true,
  quiet: true,
});
const [python = ''] = output.split('\n');
const { code } = await run(python.trim(), ['-m', 'make_sample', ...process.argv.slice(2)], {
  env: { PYTHONPATH: [join(ROOT, 'scripts'), join(ROOT, 'py_runtime')].join(':') },
});
process.exitCode = code;
