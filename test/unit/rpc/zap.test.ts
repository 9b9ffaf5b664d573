import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeZ85 } from '../../../src/rpc/zap.js';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

describe('Z85', () => {
  it('writes the example of ZeroMQ RFC 32', () => {
    expect(encodeZ85(Uint8Array.from([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]))).toBe('HelloWorld');
  });

  it('can be read back for every key', () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(key, (bytes) => {
        expect(decode(encodeZ85(bytes))).toEqual([...bytes]);
      }),
    );
  });
});

function decode(text: string): number[] {
  return (text.match(/.{5}/g) ?? []).flatMap((group) => {
    const value = Array.from(group).reduce((sum, character) => sum * 85 + ALPHABET.indexOf(character), 0);
    return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  });
}
