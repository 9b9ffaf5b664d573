/**
 * From reviews to a student of your own domain, and to what it costs beside the LLM it learned from:
 *   node run.mjs                                            everything here, offline
 *   node run.mjs --base-url https://host/v1 --llm NAME      the same with another teacher
 *   node run.mjs --reviews mine.csv --dataset data/atsa/mine --domain mine --demonstrations mine.jsonl
 */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readWords } from '../words.mjs';
import { writeData } from './data.mjs';

const HERE = import.meta.dirname;
const OPTIONS = {
  output: { type: 'string', default: 'runs/own-domain' },
  'base-url': { type: 'string' },
  llm: { type: 'string', default: 'teacher' },
  reviews: { type: 'string' },
  dataset: { type: 'string' },
  domain: { type: 'string', default: 'hotel' },
  demonstrations: { type: 'string', default: join(HERE, 'hotel.jsonl') },
  model: { type: 'string', default: resolve(HERE, '../../models/sample') },
  preset: { type: 'string', default: 'sample' },
  steps: { type: 'string', default: '700' },
  seeds: { type: 'string', default: '42,52' },
  epochs: { type: 'string', default: '10' },
  // The machine that the student runs on, in US dollars an hour.
  'hardware-price': { type: 'string', default: '0.20' },
  fsa: { type: 'string', default: resolve(HERE, '../../bin/fsa.js') },
};
const USAGE = `node examples/teach-own-domain/run.mjs [options], each with a value:
${Object.entries(OPTIONS)
  .map(([name, { default: value }]) => `  --${name}${value === undefined ? '' : `   (${value})`}`)
  .join('\n')}`;
const { values } = readWords(USAGE, { options: OPTIONS });

/** Runs `fsa …`, or ends with its exit code. */
async function fsa(...words) {
  console.error(`\n$ fsa ${words.join(' ')}`);
  const child = spawn(process.execPath, [values.fsa, ...words], { stdio: 'inherit' });
  const code = await new Promise((ended) => child.on('exit', (exitCode) => ended(exitCode ?? 1)));
  if (code !== 0) {
    teacher?.stop();
    process.exit(code);
  }
}

/** The example's own teacher, in a process of its own. */
async function startTeacher() {
  const child = spawn(process.execPath, [join(HERE, 'server.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await new Promise((up) => child.stdout.once('data', (said) => up(String(said).trim())));
  return { address, stop: () => child.kill() };
}

const output = resolve(values.output);
await mkdir(output, { recursive: true });
const own = await writeData(join(output, 'data'));
const reviews = values.reviews ?? own.reviews;
const dataset = values.dataset ?? own.dataset;
const teacher = values['base-url'] === undefined ? await startTeacher() : null;
const llm = `${values['base-url'] ?? teacher.address}#${values.llm}`;
// One name in the keys of answers, wherever the example's teacher happens to listen.
const named = teacher === null ? [] : ['--set', 'llm.name=example-teacher'];
const common = ['--preset', values.preset, ...named];
const student = join(output, 'student');
try {
  await fsa(
    ...['teach', ...common, '--reviews', reviews, '--teacher', llm, '--kinds', 'analysis'],
    ...['--domain', values.domain, '--demonstrations', values.demonstrations],
    ...['--set', `eval.datasets=["${dataset}"]`, '--output', join(output, 'corpus')],
  );
  await fsa(
    ...['distill', ...common, '--corpus', join(output, 'corpus', 'corpus'), '--set', `model=${values.model}`],
    ...['--set', 'distill.validation=null', '--set', 'distill.validationShare=0.05'],
    ...['--set', `distill.validateEverySteps=${values.steps}`, '--steps', values.steps, '--output', student],
  );
  await fsa(
    ...['eval', ...common, '--model', `start=${values.model}`, '--model', `student=${student}`],
    ...['--dataset', dataset, '--seeds', values.seeds, '--epochs', values.epochs],
    ...['--baseline', 'start', '--output', join(output, 'eval')],
  );
  await fsa(
    ...['baseline', ...common, '--model', `teacher=${llm}`, '--dataset', dataset, '--shots', '0'],
    ...['--output', join(output, 'baseline')],
  );
} finally {
  teacher?.stop();
}
await fsa(
  ...['report', join(output, 'eval'), join(output, 'baseline'), '--hardware-price', values['hardware-price']],
  ...['--baseline', 'start', '--format', 'html,json', '--output', output],
);
console.error(
  `\nThe student is in ${student}, what it costs beside its teacher in ${join(output, 'report.html')}.`,
);
