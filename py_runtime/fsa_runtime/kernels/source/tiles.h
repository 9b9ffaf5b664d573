// Matrix tiles (AMX): products of bf16 with fp32 sums, 32 x 32 results at a time.
//
// A tile is 16 rows of 64 bytes: of the left operand [16 rows][32 of the summed axis], of the right one [16 pairs of
// the summed axis][16 columns], where a word holds two neighbours of the summed axis. A panel is what one result of
// 32 x 32 needs of an operand: for each 32 of the summed axis two tiles, for rows (columns) 0..15 and 16..31.
#pragma once
#include <cstring>

#include "vectors.h"

// Rows or columns of a panel, and how much of the summed axis one of its steps covers.
constexpr int64_t PANEL = 32;
// Two tiles, in bf16.
constexpr int64_t STEP = 2 * 16 * PANEL;

// How many panels, or steps, `count` needs.
static inline int64_t panels_of(int64_t count) { return (count + PANEL - 1) / PANEL; }

static inline __mmask32 columns_of(int64_t left) { return left >= PANEL ? ~0u : left <= 0 ? 0 : (1u << left) - 1; }

#ifdef __AMX_TILE__

// Of each level's own, as levels are linked together.
namespace {

// All eight tiles of this thread, in full size, while it is there. What else uses tiles on the thread sets up its own.
class Tiles {
 public:
  Tiles() {
    struct alignas(64) {
      uint8_t palette = 1, first = 0, none[14] = {};
      uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } wanted;
    settle();
    _tile_loadconfig(&wanted);
  }
  ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;

  // The compiler does not see that tile instructions read and write memory: this keeps other stores and loads on
  // their side.
  static void settle() { asm volatile("" ::: "memory"); }
};

}  // namespace

// result [32][32] fp32 = the panel `left` times the panel `right`, of `steps` steps each. `meanwhile(step)` is called
// between the instructions, to fetch what comes next.
template <class Meanwhile>
static inline void tile_product(const bf16* left, const bf16* right, int64_t steps, float* result,
                                const Meanwhile& meanwhile) {
  constexpr int64_t ROW_BYTES = 64, RESULT_BYTES = PANEL * sizeof(float);
  Tiles::settle();
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t step = 0; step < steps; step++, left += STEP, right += STEP) {
    _tile_loadd(6, right, ROW_BYTES);
    _tile_loadd(4, left, ROW_BYTES);
    _tile_loadd(7, right + STEP / 2, ROW_BYTES);
    _tile_loadd(5, left + STEP / 2, ROW_BYTES);
    meanwhile(step);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, result, RESULT_BYTES);
  _tile_stored(1, result + 16, RESULT_BYTES);
  _tile_stored(2, result + 16 * PANEL, RESULT_BYTES);
  _tile_stored(3, result + 16 * PANEL + 16, RESULT_BYTES);
  Tiles::settle();
}

#else

namespace {

// There are none.
struct Tiles {};

}  // namespace

#endif

// words[16]: of each pair of rows 2p and 2p + 1 the 16 columns from 16 * `half` on, row 2p in the lower halves.
// Rows from `count` on and columns outside of `there` are 0.
static inline void pair_tile(const bf16* from, int64_t stride, int64_t count, __mmask32 there, __m512i words[2][16]) {
  const __m512i odd = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6, 37,
                                       5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
  const __m512i behind = _mm512_add_epi16(odd, _mm512_set1_epi16(16));
  for (int64_t pair = 0; pair < 16; pair++) {
    const bf16* row = from + 2 * pair * stride;
    const __m512i lower = _mm512_maskz_loadu_epi16(2 * pair < count ? there : 0, row);
    const __m512i upper = _mm512_maskz_loadu_epi16(2 * pair + 1 < count ? there : 0, row + stride);
    words[0][pair] = _mm512_permutex2var_epi16(lower, odd, upper);
    words[1][pair] = _mm512_permutex2var_epi16(lower, behind, upper);
  }
}

static inline void store_tile(bf16* to, const __m512i rows[16]) {
  for (int64_t row = 0; row < 16; row++) _mm512_store_si512(to + row * PANEL, rows[row]);
}

// One right panel of rows [count][columns] (stride apart), which are summed over: `columns` <= 32.
static inline void pack_right(const bf16* from, int64_t stride, int64_t count, int64_t columns, bf16* panel) {
  const __mmask32 there = columns_of(columns);
  for (int64_t row = 0; row < count; row += PANEL, panel += STEP) {
    __m512i words[2][16];
    pair_tile(from + row * stride, stride, count - row, there, words);
    store_tile(panel, words[0]);
    store_tile(panel + STEP / 2, words[1]);
  }
}

// One left panel of the transpose of rows [count][columns]: `columns` <= 32 become its rows.
static inline void pack_left_turned(const bf16* from, int64_t stride, int64_t count, int64_t columns, bf16* panel) {
  const __mmask32 there = columns_of(columns);
  for (int64_t row = 0; row < count; row += PANEL, panel += STEP) {
    __m512i words[2][16];
    pair_tile(from + row * stride, stride, count - row, there, words);
    turn(words[0]);
    turn(words[1]);
    store_tile(panel, words[0]);
    store_tile(panel + STEP / 2, words[1]);
  }
}
