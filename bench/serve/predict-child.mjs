// CPU seconds of one backend for the texts on stdin, some at a time; a first call is not counted.
//   node predict-child.mjs MODEL BACKEND TOGETHER
import { text } from 'node:stream/consumers';
import { readdirSync, readFileSync } from 'node:fs';
import { loadModel } from '../../dist/index.js';

const [path = '', backend = '', together = '1'] = process.argv.slice(2);
const texts = JSON.parse(await text(process.stdin));
const model = await loadModel(path, { backend, threads: 1 });
await model.predict(texts.slice(0, 2));
const before = cpuSeconds();
const answers = [];
for (let at = 0; at < texts.length; at += Number(together))
  answers.push(...(await model.predict(texts.slice(at, at + Number(together)), { raw: true })));
const seconds = cpuSeconds() - before;
await model.close();
const tuples = answers.map((answer) => answer.tuples);
process.stdout.write(
  JSON.stringify({ seconds, tuples, answers: answers.map(({ text: written }) => written) }),
);

/** Of this process and its children, running ones included: the torch backend works in one. */
function cpuSeconds() {
  const ticks = [process.pid, ...childrenOf(process.pid)].map((pid) => {
    const fields = statOf(pid);
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) / 100;
}

function childrenOf(parent) {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && statOf(pid)[1] === String(parent));
}

/** The fields of /proc/PID/stat after the name; none where the process is gone. */
function statOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  } catch {
    return [];
  }
}
