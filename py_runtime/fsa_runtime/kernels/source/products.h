// Small products of bf16 with fp32 sums, on operands of pairs: a word holds two neighbours of the summed axis, as
// AVX-512's dot product takes them.
#pragma once
#include <cstring>

#include "vectors.h"

// Two bf16, the first in the lower half. May lie in memory that was written as bf16.
using word = uint32_t __attribute__((may_alias));

// Where the left operand's word of (row, pair) lies: at[row * by_row + pair * by_pair].
struct Left {
  const word* at;
  int64_t by_row;
  int64_t by_pair;
};

// result[ROWS][16 * BLOCKS] = sum over pairs of left(row, pair) . right[pair][column]
template <int ROWS, int BLOCKS>
static void product_block(const Left& left, const word* right, int64_t right_pair, int64_t pairs, float* result,
                          int64_t result_row) {
  __m512 sums[ROWS][BLOCKS];
  for (int row = 0; row < ROWS; row++)
    for (int block = 0; block < BLOCKS; block++) sums[row][block] = _mm512_setzero_ps();
  for (int64_t pair = 0; pair < pairs; pair++) {
    __m512bh columns[BLOCKS];
    for (int block = 0; block < BLOCKS; block++)
      columns[block] = reinterpret_cast<__m512bh>(_mm512_loadu_si512(right + pair * right_pair + block * LANES));
    for (int row = 0; row < ROWS; row++) {
      const word both = left.at[row * left.by_row + pair * left.by_pair];
      const __m512bh repeated = reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(both)));
      for (int block = 0; block < BLOCKS; block++)
        sums[row][block] = _mm512_dpbf16_ps(sums[row][block], repeated, columns[block]);
    }
  }
  for (int row = 0; row < ROWS; row++)
    for (int block = 0; block < BLOCKS; block++)
      _mm512_storeu_ps(result + row * result_row + block * LANES, sums[row][block]);
}

// The registers hold 6 x 4 sums, 4 columns and a repeated word.
constexpr int MOST_ROWS = 6;
constexpr int MOST_BLOCKS = 4;

template <int BLOCKS>
static void product_rows(Left left, int64_t rows, const word* right, int64_t right_pair, int64_t pairs,
                         float* result, int64_t result_row) {
  for (; rows >= MOST_ROWS; rows -= MOST_ROWS) {
    product_block<MOST_ROWS, BLOCKS>(left, right, right_pair, pairs, result, result_row);
    left.at += MOST_ROWS * left.by_row;
    result += MOST_ROWS * result_row;
  }
  switch (rows) {
    case 5: return product_block<5, BLOCKS>(left, right, right_pair, pairs, result, result_row);
    case 4: return product_block<4, BLOCKS>(left, right, right_pair, pairs, result, result_row);
    case 3: return product_block<3, BLOCKS>(left, right, right_pair, pairs, result, result_row);
    case 2: return product_block<2, BLOCKS>(left, right, right_pair, pairs, result, result_row);
    case 1: return product_block<1, BLOCKS>(left, right, right_pair, pairs, result, result_row);
    default: return;
  }
}

// result[rows][columns] (fp32, rows `result_row` apart) = left [rows][pairs] . right [pairs][columns], whose pairs
// lie `right_pair` words apart; `columns` is a multiple of 16.
static inline void product(const Left& left, int64_t rows, const word* right, int64_t right_pair, int64_t columns,
                           int64_t pairs, float* result, int64_t result_row) {
  for (int64_t column = 0; column < columns; column += MOST_BLOCKS * LANES) {
    const word* from = right + column;
    float* to = result + column;
    switch (std::min<int64_t>(MOST_BLOCKS, (columns - column) / LANES)) {
      case 1: product_rows<1>(left, rows, from, right_pair, pairs, to, result_row); break;
      case 2: product_rows<2>(left, rows, from, right_pair, pairs, to, result_row); break;
      case 3: product_rows<3>(left, rows, from, right_pair, pairs, to, result_row); break;
      default: product_rows<4>(left, rows, from, right_pair, pairs, to, result_row); break;
    }
  }
}

// to[(rows + 1) / 2][width]: row 2p in the lower halves, row 2p + 1 (0 behind the last) in the upper ones.
static inline void pair_rows(const bf16* from, int64_t from_row, int64_t rows, int64_t width, word* to) {
  for (int64_t pair = 0; 2 * pair < rows; pair++)
    for (int64_t at = 0; at < width; at += LANES) {
      const __mmask16 mask = lanes(width - at);
      const bf16* first = from + 2 * pair * from_row + at;
      const __m512i lower = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, first));
      const bool whole = 2 * pair + 1 < rows;
      const __m512i upper =
          whole ? _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, first + from_row)) : _mm512_setzero_si512();
      _mm512_mask_storeu_epi32(to + pair * width + at, mask, _mm512_or_si512(lower, _mm512_slli_epi32(upper, 16)));
    }
}

// to[width / 2][padded]: the pairs of each row as a column; columns from `rows` on are 0. `width` is even.
static inline void turn_pairs(const bf16* from, int64_t from_row, int64_t rows, int64_t width, int64_t padded,
                              word* to) {
  for (int64_t row = 0; row < padded; row += LANES) {
    const __mmask16 there = lanes(rows - row);
    const __m512i steps = _mm512_mullo_epi32(_mm512_set1_epi32(static_cast<int>(from_row)),
                                             _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    for (int64_t pair = 0; pair < width / 2; pair++) {
      const bf16* first = from + row * from_row + 2 * pair;
      const __m512i words = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), there, steps, first, sizeof(bf16));
      _mm512_storeu_si512(to + pair * padded + row, words);
    }
  }
}
