/**
 * Counts what reviews praise and blame, in Node alone: `node examples/batch.mjs MODEL FILE`, MODEL being an export and
 * FILE a review a line. Memory stays flat however long the file is.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadModel } from 'fsa-distill';
import { readWords, tell } from './words.mjs';

const USAGE =
  'node examples/batch.mjs [MODEL] [FILE]   an export (models/onnx), a review a line (reviews.txt)';
const [path = 'models/onnx', file = 'reviews.txt'] = readWords(USAGE, { most: 2 }).words;
const BATCH = 256;
const counts = new Map();

async function count(model, reviews) {
  for (const { tuples } of await model.predict(reviews)) {
    for (const { term, category, polarity } of tuples) {
      const aspect = `${(term ?? category ?? '').toLowerCase()}\t${polarity}`;
      counts.set(aspect, (counts.get(aspect) ?? 0) + 1);
    }
  }
}

try {
  const model = await loadModel(path, { backend: 'onnx' });
  let waiting = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    waiting.push(line);
    if (waiting.length < BATCH) continue;
    await count(model, waiting);
    waiting = [];
  }
  await count(model, waiting);
  await model.close();
  const ranked = [...counts].sort(([, a], [, b]) => b - a).slice(0, 20);
  for (const [aspect, n] of ranked) console.log(`${n}\t${aspect}`);
} catch (error) {
  tell(error);
}
