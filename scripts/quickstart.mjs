/** `npm run quickstart`: from a fresh clone to a table of F1 scores on the bundled sample. */
import { join } from 'node:path';
import { installAndBuild, mustRun, requireNode, ROOT } from './lib/steps.mjs';

const fsa = (...words) => mustRun(process.execPath, [join(ROOT, 'bin/fsa.js'), ...words]);
const say = (text) => console.error(`\n\u2014 ${text}`);

requireNode();
say('Installing packages');
await installAndBuild();
say('Creating the Python runtime (once; kept in your cache folder)');
await fsa('setup', '--quiet');

const startedMs = performance.now();
say('Distilling a small student on the sample corpus');
await fsa('distill', '--preset', 'sample', '--output', 'runs/quickstart-student');
say('Measuring it next to the same student undistilled: 2 models \u00d7 2 tasks \u00d7 3 seeds');
const models = ['--model', 'undistilled=models/sample', '--model', 'distilled=runs/quickstart-student'];
await fsa(
  'eval',
  '--preset',
  'sample',
  ...models,
  '--baseline',
  'undistilled',
  '--parallel',
  '3',
  '--output',
  'runs/quickstart',
);
say(
  `Done in ${Math.round((performance.now() - startedMs) / 1000)} s after the packages were there. The data are synthetic: they show how fsa works, not how good a method is.`,
);
