// Small products of bf16 with fp32 sums, on operands of pairs: a word holds two neighbours of the summed axis, as
// AVX-512's dot product and matrix tiles take them. `build` compiles what includes this for both.
#pragma once
#include <cstring>

#include "tiles.h"

// Two bf16, the first in the lower half. May lie in memory that was written as bf16.
using word = uint32_t __attribute__((may_alias));

// Where the left operand's word of (row, pair) lies: at[row * by_row + pair * by_pair].
struct Left {
  const word* at;
  int64_t by_row;
  int64_t by_pair;
};

// The next multiple.
static inline int64_t whole(int64_t count, int64_t multiple) { return (count + multiple - 1) / multiple * multiple; }

#ifdef __AMX_TILE__

// What a product of `product` takes whole: it reads and writes the rows, and sums the pairs, up to the next multiple.
// Pairs behind the last must be 0.
constexpr int64_t WHOLE_ROWS = 16, WHOLE_PAIRS = 16;
// A good number of rows, even.
constexpr int64_t ROWS_AT_ONCE = 32;

// result[16 * ROWS][16 * COLUMNS], of left rows whose pairs lie side by side.
template <int ROWS, int COLUMNS>
static inline void product_block(const Left& left, const word* right, int64_t right_pair, int64_t pairs, float* result,
                                 int64_t result_row) {
  const int64_t left_bytes = left.by_row * sizeof(word), right_bytes = right_pair * sizeof(word);
  const int64_t result_bytes = result_row * sizeof(float);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t pair = 0; pair < pairs; pair += WHOLE_PAIRS) {
    _tile_loadd(4, left.at + pair, left_bytes);
    _tile_loadd(6, right + pair * right_pair, right_bytes);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (COLUMNS == 2) {
      _tile_loadd(7, right + pair * right_pair + LANES, right_bytes);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (ROWS == 2) {
      _tile_loadd(5, left.at + LANES * left.by_row + pair, left_bytes);
      _tile_dpbf16ps(2, 5, 6);
      if constexpr (COLUMNS == 2) _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, result, result_bytes);
  if constexpr (COLUMNS == 2) _tile_stored(1, result + LANES, result_bytes);
  if constexpr (ROWS == 2) _tile_stored(2, result + LANES * result_row, result_bytes);
  if constexpr (ROWS == 2 && COLUMNS == 2) _tile_stored(3, result + LANES * result_row + LANES, result_bytes);
}

// The left operand with the pairs of a row side by side, in `room` of whole rows times whole pairs.
static inline Left side_by_side(const Left& left, int64_t rows, int64_t pairs, word* room) {
  const Left turned{room, whole(pairs, WHOLE_PAIRS), 1};
  for (int64_t row = 0; row < rows; row += LANES)
    for (int64_t pair = 0; pair < pairs; pair += LANES) {
      __m512i words[LANES];
      for (int64_t i = 0; i < LANES; i++) words[i] = _mm512_loadu_si512(left.at + row + (pair + i) * left.by_pair);
      turn(words);
      for (int64_t i = 0; i < LANES; i++) _mm512_storeu_si512(room + (row + i) * turned.by_row + pair, words[i]);
    }
  return turned;
}

// result[rows][columns] (fp32, rows `result_row` apart) = left [rows][pairs] . right [pairs][columns], whose pairs
// lie `right_pair` words apart; `columns` is a multiple of 16. Either the pairs of a left row lie side by side, or the
// rows of a left pair do. The thread has `Tiles`.
static inline void product(Left left, int64_t rows, const word* right, int64_t right_pair, int64_t columns,
                           int64_t pairs, float* result, int64_t result_row) {
  if (left.by_pair != 1) {
    word* room = scratch<word>(7, whole(rows, WHOLE_ROWS) * whole(pairs, WHOLE_PAIRS));
    left = side_by_side(left, rows, pairs, room);
  }
  Tiles::settle();
  for (int64_t row = 0; row < rows; row += 2 * LANES) {
    const Left from{left.at + row * left.by_row, left.by_row, 1};
    for (int64_t column = 0; column < columns; column += 2 * LANES) {
      float* to = result + row * result_row + column;
      const bool tall = rows - row > LANES, wide = columns - column > LANES;
      const auto block = tall ? (wide ? product_block<2, 2> : product_block<2, 1>)
                              : (wide ? product_block<1, 2> : product_block<1, 1>);
      block(from, right + column, right_pair, pairs, to, result_row);
    }
  }
  Tiles::settle();
}

#else

constexpr int64_t WHOLE_ROWS = 1, WHOLE_PAIRS = 1;
constexpr int64_t ROWS_AT_ONCE = 24;

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

#endif

// to[room][width]: row 2p in the lower halves, row 2p + 1 (0 behind the last) in the upper ones; 0 from pair
// (rows + 1) / 2 on.
static inline void pair_rows(const bf16* from, int64_t from_row, int64_t rows, int64_t width, int64_t room, word* to) {
  const int64_t there = (rows + 1) / 2;
  std::memset(to + there * width, 0, static_cast<size_t>((room - there) * width) * sizeof(word));
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

// to[room][padded]: the pairs of each row as a column; columns from `rows` and pairs from width / 2 on are 0. `width`
// and `padded` are multiples of 16.
static inline void turn_pairs(const bf16* from, int64_t from_row, int64_t rows, int64_t width, int64_t padded,
                              int64_t room, word* to) {
  for (int64_t row = 0; row < padded; row += LANES)
    for (int64_t pair = 0; pair < room; pair += LANES) {
      const __mmask16 there = lanes(width / 2 - pair);
      __m512i words[LANES];
      for (int64_t i = 0; i < LANES; i++)
        words[i] = _mm512_maskz_loadu_epi32(row + i < rows ? there : 0, from + (row + i) * from_row + 2 * pair);
      turn(words);
      for (int64_t i = 0; i < std::min<int64_t>(LANES, room - pair); i++)
        _mm512_storeu_si512(to + (pair + i) * padded + row, words[i]);
    }
}
