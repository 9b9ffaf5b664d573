// Sixteen numbers at a time: loads and stores of bf16 and fp32 with tails, a transpose, exp, and memory of a thread's
// own.
#pragma once
#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>

// bf16 as it lies in memory: the upper half of an fp32.
using bf16 = uint16_t;

constexpr int LANES = 16;

// The lanes that `left` elements fill.
static inline __mmask16 lanes(int64_t left) {
  return left >= LANES ? 0xffff : left <= 0 ? 0 : static_cast<__mmask16>((1u << left) - 1);
}

static inline __m512 widen(__m256i values) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(values), 16));
}

static inline __m512 load(const bf16* from, __mmask16 mask) { return widen(_mm256_maskz_loadu_epi16(mask, from)); }
static inline __m512 load(const float* from, __mmask16 mask) { return _mm512_maskz_loadu_ps(mask, from); }

static inline __m256i narrow(__m512 values) { return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)); }

static inline void store(bf16* to, __mmask16 mask, __m512 values) {
  _mm256_mask_storeu_epi16(to, mask, narrow(values));
}
static inline void store(float* to, __mmask16 mask, __m512 values) { _mm512_mask_storeu_ps(to, mask, values); }

// rows[i][j] <-> rows[j][i] of 16 x 16 words.
static inline void turn(__m512i rows[16]) {
  __m512i t[16];
  for (int i = 0; i < 8; i++) {
    t[2 * i] = _mm512_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
  }
  for (int i = 0; i < 4; i++) {
    const __m512i *a = t + 4 * i;
    rows[4 * i] = _mm512_unpacklo_epi64(a[0], a[2]);
    rows[4 * i + 1] = _mm512_unpackhi_epi64(a[0], a[2]);
    rows[4 * i + 2] = _mm512_unpacklo_epi64(a[1], a[3]);
    rows[4 * i + 3] = _mm512_unpackhi_epi64(a[1], a[3]);
  }
  for (int j = 0; j < 4; j++) {
    t[j] = _mm512_shuffle_i32x4(rows[j], rows[4 + j], 0x88);
    t[4 + j] = _mm512_shuffle_i32x4(rows[j], rows[4 + j], 0xdd);
    t[8 + j] = _mm512_shuffle_i32x4(rows[8 + j], rows[12 + j], 0x88);
    t[12 + j] = _mm512_shuffle_i32x4(rows[8 + j], rows[12 + j], 0xdd);
  }
  for (int j = 0; j < 4; j++) {
    rows[j] = _mm512_shuffle_i32x4(t[j], t[8 + j], 0x88);
    rows[8 + j] = _mm512_shuffle_i32x4(t[j], t[8 + j], 0xdd);
    rows[4 + j] = _mm512_shuffle_i32x4(t[4 + j], t[12 + j], 0x88);
    rows[12 + j] = _mm512_shuffle_i32x4(t[4 + j], t[12 + j], 0xdd);
  }
}

// exp(x) for x <= 0 to an ulp or two: 2^n times a polynomial (Cephes' expf); 0 far below.
static inline __m512 exponential(__m512 x) {
  x = _mm512_max_ps(x, _mm512_set1_ps(-87.0f));
  const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 8);
  __m512 f = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x);
  f = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), f);
  __m512 p = _mm512_set1_ps(1.9875691500e-4f);
  for (const float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(c));
  p = _mm512_fmadd_ps(p, _mm512_mul_ps(f, f), _mm512_add_ps(f, _mm512_set1_ps(1.0f)));
  return _mm512_scalef_ps(p, n);
}

// A thread's own memory, which stays for the next call; `slot` tells uses at one time apart.
template <class T>
static inline T* scratch(int slot, size_t count) {
  struct Buffers {
    void* at[8] = {};
    size_t size[8] = {};
    ~Buffers() {
      for (void* one : at) free(one);
    }
  };
  static thread_local Buffers own;
  const size_t bytes = (count * sizeof(T) + 4095) / 4096 * 4096;
  if (own.size[slot] < bytes) {
    free(own.at[slot]);
    own.at[slot] = aligned_alloc(4096, bytes);
    own.size[slot] = own.at[slot] == nullptr ? 0 : bytes;
    if (own.at[slot] == nullptr) abort();
  }
  return static_cast<T*>(own.at[slot]);
}
