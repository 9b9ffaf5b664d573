/** Made-up hotel reviews and an annotated set of the same kind, so that the example needs nothing of yours. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const THINGS = [
  ...['room', 'bed', 'breakfast', 'pool', 'lobby', 'shower', 'parking', 'balcony', 'carpet', 'lamp'],
  ...['pillow', 'view', 'porter', 'towel', 'sauna', 'garden', 'bar', 'lift'],
];
export const WORDS = {
  positive: ['clean', 'quiet', 'lovely', 'bright', 'warm', 'friendly', 'fresh', 'neat'],
  negative: ['dirty', 'noisy', 'awful', 'dark', 'cold', 'rude', 'stale', 'shabby'],
};
const OPENINGS = ['', 'We stayed two nights. ', 'A short trip. ', 'Our second visit. ', 'Back again. '];

/** A seeded generator (mulberry32): the same reviews everywhere. */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function sentences(count, seed) {
  const random = randomOf(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  return Array.from({ length: count }, (_, number) => {
    let text = pick(OPENINGS);
    const aspects = [];
    const said = 1 + Math.floor(random() * 3);
    const things = [...THINGS].sort(() => random() - 0.5).slice(0, said);
    for (const [place, thing] of things.entries()) {
      const polarity = random() < 0.5 ? 'positive' : 'negative';
      text += place === 0 ? 'The ' : pick([', and the ', ', the ', ', but the ']);
      const from = text.length;
      text += `${thing} was ${pick(WORDS[polarity])}`;
      aspects.push({ target: thing, from, to: from + thing.length, polarity });
    }
    return { ID: `${seed}-${number}`, sentence: `${text}.`, aspects };
  });
}

/** Writes `reviews.jsonl` (no labels, only stars) and the dataset folder `atsa/hotel`. */
export async function writeData(folder, reviews = 600) {
  const dataset = join(folder, 'atsa', 'hotel');
  await mkdir(dataset, { recursive: true });
  const rows = sentences(reviews, 1).map(({ ID, sentence, aspects }) => {
    const sum = aspects.reduce((total, { polarity }) => total + (polarity === 'positive' ? 1 : -1), 0);
    return { ID, Text: sentence, Overall: Math.max(1, Math.min(5, 3 + sum)) };
  });
  await writeFile(join(folder, 'reviews.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const sizes = { train: 120, dev: 24, test: 60 };
  for (const [index, [split, count]] of Object.entries(sizes).entries()) {
    await writeFile(join(dataset, `${split}.json`), JSON.stringify(sentences(count, 100 + index), null, 1));
  }
  return { reviews: join(folder, 'reviews.jsonl'), dataset };
}
