/**
 * A nightly measurement that fails where the model got worse:
 * `node examples/nightly-gate.mjs MODEL DATASET LEAST_F1 OUTPUT [EARLIER_RUN]`, such as
 * `node examples/nightly-gate.mjs runs/distill atsa/rest14 65 runs/tonight runs/released`. EPOCHS shortens it.
 * The run's folder holds report.html for people and report.junit.xml for the build server.
 */
import { evaluate, report } from 'fsa-distill';
import { readWords, tell } from './words.mjs';

const USAGE = 'node examples/nightly-gate.mjs MODEL DATASET LEAST_F1 OUTPUT [EARLIER_RUN]';
const [model = 'runs/distill', dataset = 'atsa/rest14', least = '65', output = 'runs/nightly', earlier] =
  readWords(USAGE, { most: 5 }).words;
const epochs = Number(process.env.EPOCHS ?? 20);
const GATE_NOT_MET = 9;

try {
  const label = dataset.split('/').slice(-2).join('/');
  const { folder, gates, failed } = await evaluate({
    output,
    config: { eval: { models: { nightly: model }, datasets: [dataset], seeds: [1, 2, 3], epochs } },
    failUnder: [`${label}=${least}`],
    ...(earlier === undefined ? {} : { noWorseThan: earlier }),
  });
  const { files } = await report({ runs: [folder], formats: ['html', 'junit'], gates });
  for (const { gate, passed, message } of gates)
    console.log(`${passed ? 'met' : 'NOT MET'} ${gate}: ${message}`);
  for (const { label: cell, reason } of failed) console.log(`failed ${cell}: ${reason}`);
  console.log(files.join('\n'));
  if (gates.some(({ passed }) => !passed)) process.exitCode = GATE_NOT_MET;
  else if (failed.length > 0) process.exitCode = 1;
} catch (error) {
  tell(error);
}
