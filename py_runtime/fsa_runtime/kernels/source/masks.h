// Dropout masks from a counter: what is kept depends on (seed, stream, place) alone, so that a mask is never
// stored: backward makes it anew.
//
// A place is 64 elements of one row. Its 64 random bytes are five AES rounds over (place, stream) under a key of
// the seed (ARS-5 of Salmon et al., SC'11); an element is kept when its byte is at least the threshold.
#pragma once
#include "vectors.h"

struct Dropout {
  uint64_t seed;
  uint64_t stream;
  // Of 256; 0 keeps everything.
  int threshold;

  // The elements 64 * block .. 64 * block + 63 of a row of `blocks` such pieces.
  __mmask64 kept(uint64_t row, uint64_t blocks, uint64_t block) const {
    if (threshold == 0) return ~0ull;
    return _mm512_cmpge_epu8_mask(bytes(row * blocks + block), _mm512_set1_epi8(static_cast<char>(threshold)));
  }

 private:
  __m512i bytes(uint64_t place) const {
    constexpr uint64_t GOLDEN = 0x9E3779B97F4A7C15ull, ROOT = 0xBB67AE8584CAA73Bull;
    const int64_t low = static_cast<int64_t>(place * 4), high = static_cast<int64_t>(stream);
    __m512i state = _mm512_set_epi64(high, low + 3, high, low + 2, high, low + 1, high, low);
    const int64_t first = static_cast<int64_t>(seed), second = static_cast<int64_t>(~seed * GOLDEN);
    __m512i key = _mm512_set4_epi64(first, second, first, second);
    const __m512i weyl = _mm512_set4_epi64(static_cast<int64_t>(GOLDEN), static_cast<int64_t>(ROOT),
                                           static_cast<int64_t>(GOLDEN), static_cast<int64_t>(ROOT));
    state = _mm512_xor_si512(state, key);
    for (int round = 0; round < 5; round++) {
      key = _mm512_add_epi64(key, weyl);
      state = _mm512_aesenc_epi128(state, key);
    }
    return state;
  }
};

// How many pieces of 64 a row of `width` elements has.
static inline uint64_t blocks_of(int64_t width) { return static_cast<uint64_t>((width + 63) / 64); }
