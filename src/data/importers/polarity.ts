/** What the words and codes of foreign files mean as polarities. */

/** Codes with one meaning wherever they stand. */
const MEANINGS: Readonly<Record<string, string>> = {
  positive: 'positive',
  pos: 'positive',
  '+1': 'positive',
  '1': 'positive',
  neutral: 'neutral',
  neu: 'neutral',
  '0': 'neutral',
  negative: 'negative',
  neg: 'negative',
  '-1': 'negative',
  conflict: 'conflict',
};

/** The polarity that a label means; labels nobody knows come back as they are, without spaces around. */
export function readPolarity(label: string): string {
  const word = label.trim();
  const meaning = MEANINGS[word.toLowerCase()];
  return meaning ?? word;
}
