/** Sentences such as break tokenizers, seeded: whatever people and programs put into a review field. */
import { CHECK_TEXTS } from '../../src/pipelines/export/check-texts.js';
import { seededRandom } from '../../src/scoring/random.js';

const PIECES = [
  ...['the food', 'was great', 'service', 'slow', ' but ', ', ', '. ', '!', '?', ' | ', ' ; ', 'NULL'],
  ...['😀', '👩‍👩‍👧', '🏳️‍🌈', '👍🏽', '🇩🇪', '❤️', '\u200d', '\u200b', '\ufeff', '\u2060', '\u00ad'],
  ...['\u0085', '\u0344', '\u061c', '\u00a0', '\u2003', '\u3000', '\u2028', '\t', '\n', '\r\n', '\u000b'],
  ...['e\u0301', '\u1e9b\u0323', '\ufb01', '\u2460', '\uff21', '\u212b', '\u0130', '\u00df', '\u01c5'],
  ...['食べ物', '맛있는', '很好', 'ресторан', 'طعام', 'अच्छा', 'อาหาร', '\u0e33', 'ﷺ', '𝔉𝔬𝔬𝔡', '𠜎'],
  ...[
    '</s>',
    '<pad>',
    '<unk>',
    '<extra_id_0>',
    '[NL]',
    '▁',
    '▁▁',
    '\u0000',
    '\u0007',
    '\u001b[31m',
    '\u202e',
  ],
  ...['x'.repeat(400), 'ha'.repeat(90), '1234567890', '3.50€', 'http://a.b/c?d=e&f', '@user', '#tag', '  '],
];

/** `count` texts, the same each time; the first ones are those that an export is checked with. */
export function nastyTexts(count: number): string[] {
  const random = seededRandom(7);
  const pick = (): string => PIECES[Math.floor(random() * PIECES.length)] ?? '';
  const anything = (): string => {
    const point = Math.floor(random() * 0x11_0000);
    return point >= 0xd800 && point < 0xe000 ? '?' : String.fromCodePoint(point);
  };
  const made = Array.from({ length: Math.max(0, count - CHECK_TEXTS.length) }, () => {
    const length = 1 + Math.floor(random() ** 2 * 30);
    const parts = Array.from({ length }, () =>
      random() < 0.1 ? anything() : pick() + (random() < 0.5 ? ' ' : ''),
    );
    return parts.join('');
  });
  return [...CHECK_TEXTS, ...made].slice(0, count);
}
