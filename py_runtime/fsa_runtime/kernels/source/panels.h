// Products of a few hundred rows with weights that stay for thousands of steps of generation: those are laid out once,
// panel behind panel in the order in which a product reads them, as matrix tiles and AVX-512's dot product take them.
// `build` compiles what includes this for either.
#pragma once
#include <omp.h>

#include "tiles.h"

constexpr int64_t TILE_BYTES = 1024;
// The left operand of one pass over the weights stays in the second cache.
constexpr int64_t LEFT_BYTES = 1 << 20;
constexpr int64_t LINE = 64;

// 32 elements as bf16: `high`, and what it leaves of fp32.
struct Split {
  __m512i high, low;
};

static inline Split split(const float* from, int64_t count) {
  const __m512 first = load(from, lanes(count)), second = load(from + LANES, lanes(count - LANES));
  const auto both = [](__m512 lower, __m512 upper) {
    return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(upper, lower));
  };
  const auto rest = [](__m512 value) { return _mm512_sub_ps(value, widen(narrow(value))); };
  return {both(first, second), both(rest(first), rest(second))};
}

static inline Split split(const bf16* from, int64_t count) {
  return {_mm512_maskz_loadu_epi16(columns_of(count), from), _mm512_setzero_si512()};
}

// bf16 is its own high part.
template <class T>
constexpr int ALL_PARTS = sizeof(T) / sizeof(bf16);

// A panel of 32 rows of an operand: [step][part][2] tiles, for rows 0..15 and 16..31; rows from `count` on are 0.
template <int PARTS, class T>
static void lay_out(const T* from, int64_t row_stride, int64_t count, int64_t columns, char* to) {
  for (int64_t at = 0; at < columns; at += PANEL, to += PARTS * 2 * TILE_BYTES)
    for (int64_t row = 0; row < PANEL; row++) {
      const Split both = row < count ? split(from + row * row_stride + at, columns - at)
                                     : Split{_mm512_setzero_si512(), _mm512_setzero_si512()};
      _mm512_store_si512(to + row * LINE, both.high);
      if (PARTS == 2) _mm512_store_si512(to + 2 * TILE_BYTES + row * LINE, both.low);
    }
}

// Rows of a right operand become its columns.
static void turn_tile(char* tile) {
  __m512i words[16];
  for (int row = 0; row < 16; row++) words[row] = _mm512_load_si512(tile + row * LINE);
  turn(words);
  for (int row = 0; row < 16; row++) _mm512_store_si512(tile + row * LINE, words[row]);
}

template <int PARTS, class T>
static void pack(const T* weight, int64_t rows, int64_t columns, char* packed) {
  const int64_t panel_bytes = panels_of(columns) * PARTS * 2 * TILE_BYTES;
#pragma omp parallel for schedule(static)
  for (int64_t panel = 0; panel < panels_of(rows); panel++) {
    char* const to = packed + panel * panel_bytes;
    const int64_t first = panel * PANEL;
    lay_out<PARTS>(weight + first * columns, columns, rows - first, columns, to);
    for (int64_t at = 0; at < panel_bytes; at += TILE_BYTES) turn_tile(to + at);
  }
}

// Sums of the products of panels, of `steps` steps each: sums [32][32] = left . right; with one row of tiles the first
// half of it.
#ifdef __AMX_TILE__

template <int PARTS, int ROW_TILES>
static inline void multiply(const char* left, const char* right, int64_t steps, float* sums) {
  constexpr int64_t LOW = 2 * TILE_BYTES, RESULT_BYTES = PANEL * sizeof(float);
  const auto take_left = [](const char* from) {
    _tile_loadd(4, from, LINE);
    if (ROW_TILES == 2) _tile_loadd(5, from + TILE_BYTES, LINE);
  };
  const auto take_right = [](const char* from) {
    _tile_loadd(6, from, LINE);
    _tile_loadd(7, from + TILE_BYTES, LINE);
  };
  const auto add_products = [] {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if (ROW_TILES == 2) {
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  };
  Tiles::settle();
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t step = 0; step < steps; step++, left += PARTS * 2 * TILE_BYTES, right += PARTS * 2 * TILE_BYTES) {
    take_left(left);
    if (PARTS == 2) {
      take_right(right + LOW);
      add_products();
    }
    take_right(right);
    add_products();
    if (PARTS == 2) {
      take_left(left + LOW);
      add_products();
    }
  }
  _tile_stored(0, sums, RESULT_BYTES);
  _tile_stored(1, sums + LANES, RESULT_BYTES);
  if (ROW_TILES == 2) {
    _tile_stored(2, sums + LANES * PANEL, RESULT_BYTES);
    _tile_stored(3, sums + LANES * PANEL + LANES, RESULT_BYTES);
  }
  Tiles::settle();
}

#else

// The registers hold 8 x 2 sums, 2 columns and a repeated word.
constexpr int64_t ROWS_SUMMED = 8;

// sums [8][32], of one part. `left` begins with the first of the rows.
static inline void multiply_rows(const char* left, const char* right, int64_t steps, float* sums) {
  __m512 held[ROWS_SUMMED][2];
  for (auto& row : held) row[0] = row[1] = _mm512_setzero_ps();
  for (int64_t step = 0; step < steps; step++, left += 2 * TILE_BYTES, right += 2 * TILE_BYTES)
    for (int64_t pair = 0; pair < 16; pair++) {
      const auto columns = [&](int64_t tile) {
        return reinterpret_cast<__m512bh>(_mm512_load_si512(right + tile * TILE_BYTES + pair * LINE));
      };
      const __m512bh first = columns(0), second = columns(1);
      for (int64_t row = 0; row < ROWS_SUMMED; row++) {
        int32_t both;
        std::memcpy(&both, left + row * LINE + pair * sizeof both, sizeof both);
        const __m512bh repeated = reinterpret_cast<__m512bh>(_mm512_set1_epi32(both));
        held[row][0] = _mm512_dpbf16_ps(held[row][0], repeated, first);
        held[row][1] = _mm512_dpbf16_ps(held[row][1], repeated, second);
      }
    }
  for (int64_t row = 0; row < ROWS_SUMMED; row++)
    for (int64_t half = 0; half < 2; half++) _mm512_store_ps(sums + row * PANEL + half * LANES, held[row][half]);
}

template <int PARTS, int ROW_TILES>
static inline void multiply(const char* left, const char* right, int64_t steps, float* sums) {
  static_assert(PARTS == 1, "two parts are three products, which pays on tiles alone");
  for (int64_t row = 0; row < ROW_TILES * LANES; row += ROWS_SUMMED)
    multiply_rows(left + row * LINE, right, steps, sums + row * PANEL);
}

#endif

// Calls done(first row, rows there, first column, columns there, sums [32][32]) for every block of the product of
// rows [rows][inner] with packed weights. Threads share the columns, and every weight is read once per pass.
template <int PARTS, class T, class Done>
static void multiply_all(const T* rows, int64_t count, int64_t inner, const char* packed, int64_t columns, const Done& done) {
  const int64_t steps = panels_of(inner), panel_bytes = steps * PARTS * 2 * TILE_BYTES;
  const int64_t most = std::max<int64_t>(1, LEFT_BYTES / panel_bytes), panels = panels_of(columns);
#pragma omp parallel
  {
    [[maybe_unused]] const Tiles tiles{};
    char* const left = scratch<char>(0, std::min(most, panels_of(count)) * panel_bytes);
    alignas(64) float sums[PANEL][PANEL];
    for (int64_t pass = 0; pass < count; pass += most * PANEL) {
      const int64_t blocks = std::min(most, panels_of(count - pass));
      for (int64_t block = 0; block < blocks; block++) {
        const int64_t first = pass + block * PANEL;
        lay_out<PARTS>(rows + first * inner, inner, count - first, inner, left + block * panel_bytes);
      }
#pragma omp for schedule(static) nowait
      for (int64_t panel = 0; panel < panels; panel++) {
        const char* const right = packed + panel * panel_bytes;
        for (int64_t block = 0; block < blocks; block++) {
          const int64_t first = pass + block * PANEL, there = std::min(PANEL, count - first);
          // The next panel comes while this one is worked on.
          if (panel + 1 < panels)
            for (int64_t at = block * panel_bytes / blocks; at < (block + 1) * panel_bytes / blocks; at += LINE)
              _mm_prefetch(right + panel_bytes + at, _MM_HINT_T1);
          const auto work = there > LANES ? multiply<PARTS, 2> : multiply<PARTS, 1>;
          work(left + block * panel_bytes, right, steps, &sums[0][0]);
          done(first, there, panel * PANEL, std::min(PANEL, columns - panel * PANEL), sums);
        }
      }
    }
  }
}
