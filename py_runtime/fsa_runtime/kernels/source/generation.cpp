// Products of generation on matrix tiles: a few hundred rows with weights that stay for thousands of steps, so those
// are laid out once, tile behind tile in the order in which a product reads them.
//
// bf16 is one product of bf16. fp32 is three: a number is the sum of two bf16, high + low, to 2^-17 of itself, and
// left . right = high . high + high . low + low . high with all sums in fp32. What is left out, low . low and the
// rest of the rounding, is less than 2^-15 of each term, and 2^-18 of the length of the operands where it was measured.
//
// Of logits only the largest counts, so their high parts do: what they cannot decide the weights themselves do.
#include <omp.h>

#include <vector>

#include "tiles.h"

namespace {

constexpr int64_t TILE_BYTES = 1024;
// The left operand of one pass over the weights stays in the second cache.
constexpr int64_t LEFT_BYTES = 1 << 20;
constexpr int64_t LINE = 64;

// 32 elements as bf16: `high`, and what it leaves of fp32.
struct Split {
  __m512i high, low;
};

inline Split split(const float* from, int64_t count) {
  const __m512 first = load(from, lanes(count)), second = load(from + LANES, lanes(count - LANES));
  const auto both = [](__m512 lower, __m512 upper) {
    return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(upper, lower));
  };
  const auto rest = [](__m512 value) { return _mm512_sub_ps(value, widen(narrow(value))); };
  return {both(first, second), both(rest(first), rest(second))};
}

inline Split split(const bf16* from, int64_t count) {
  return {_mm512_maskz_loadu_epi16(columns_of(count), from), _mm512_setzero_si512()};
}

// bf16 is its own high part.
template <class T>
constexpr int ALL_PARTS = sizeof(T) / sizeof(bf16);

// A panel of 32 rows of an operand: [step][part][2] tiles, for rows 0..15 and 16..31; rows from `count` on are 0.
template <int PARTS, class T>
void lay_out(const T* from, int64_t row_stride, int64_t count, int64_t columns, char* to) {
  for (int64_t at = 0; at < columns; at += PANEL, to += PARTS * 2 * TILE_BYTES)
    for (int64_t row = 0; row < PANEL; row++) {
      const Split both = row < count ? split(from + row * row_stride + at, columns - at)
                                     : Split{_mm512_setzero_si512(), _mm512_setzero_si512()};
      _mm512_store_si512(to + row * LINE, both.high);
      if (PARTS == 2) _mm512_store_si512(to + 2 * TILE_BYTES + row * LINE, both.low);
    }
}

// Rows of a right operand become its columns.
void turn_tile(char* tile) {
  __m512i words[16];
  for (int row = 0; row < 16; row++) words[row] = _mm512_load_si512(tile + row * LINE);
  turn(words);
  for (int row = 0; row < 16; row++) _mm512_store_si512(tile + row * LINE, words[row]);
}

template <int PARTS, class T>
void pack(const T* weight, int64_t rows, int64_t columns, char* packed) {
  const int64_t panel_bytes = panels_of(columns) * PARTS * 2 * TILE_BYTES;
#pragma omp parallel for schedule(static)
  for (int64_t panel = 0; panel < panels_of(rows); panel++) {
    char* const to = packed + panel * panel_bytes;
    const int64_t first = panel * PANEL;
    lay_out<PARTS>(weight + first * columns, columns, rows - first, columns, to);
    for (int64_t at = 0; at < panel_bytes; at += TILE_BYTES) turn_tile(to + at);
  }
}

// sums [32][32] = left panel . right panel, of `steps` steps each; with one row of tiles the first half of it.
template <int PARTS, int ROW_TILES>
inline void multiply(const char* left, const char* right, int64_t steps, float* sums) {
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

// Calls done(first row, rows there, first column, columns there, sums [32][32]) for every block of the product of
// rows [rows][inner] with packed weights. Threads share the columns, and every weight is read once per pass.
template <int PARTS, class T, class Done>
void multiply_all(const T* rows, int64_t count, int64_t inner, const char* packed, int64_t columns, const Done& done) {
  const int64_t steps = panels_of(inner), panel_bytes = steps * PARTS * 2 * TILE_BYTES;
  const int64_t most = std::max<int64_t>(1, LEFT_BYTES / panel_bytes), panels = panels_of(columns);
#pragma omp parallel
  {
    const Tiles tiles;
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

template <class T>
void product(const T* rows, int64_t count, int64_t inner, const char* packed, int64_t columns, bool relu, T* result) {
  const __m512 zero = _mm512_setzero_ps();
  multiply_all<ALL_PARTS<T>>(
      rows, count, inner, packed, columns,
      [&](int64_t row, int64_t there, int64_t column, int64_t width, const float(*sums)[PANEL]) {
        for (int64_t i = 0; i < there; i++)
          for (int64_t at = 0; at < width; at += LANES) {
            const __m512 sum = _mm512_load_ps(&sums[i][at]);
            store(result + (row + i) * columns + column + at, lanes(width - at),
                  relu ? _mm512_max_ps(sum, zero) : sum);
          }
      });
}

// A logit that could be the largest of its row.
struct Candidate {
  int64_t row, column;
  float value;
};

// What the product of the high parts leaves: each thread's candidates, columns in order, and its largest of each row.
struct Found {
  std::vector<std::vector<Candidate>> candidates;
  std::vector<float> largest;

  Found(int64_t threads, int64_t count)
      : candidates(threads), largest(threads * count, -std::numeric_limits<float>::infinity()) {}
};

// Every logit, from the high parts alone, that is at most `margin` of its row below the largest that its thread saw
// before it.
template <class T>
Found find_candidates(const T* rows, int64_t count, int64_t inner, const char* packed, int64_t columns,
                      const float* margin) {
  Found found(omp_get_max_threads(), count);
  multiply_all<1>(
      rows, count, inner, packed, columns,
      [&](int64_t row, int64_t there, int64_t column, int64_t width, const float(*sums)[PANEL]) {
        const int64_t thread = omp_get_thread_num();
        float* const largest = found.largest.data() + thread * count + row;
        for (int64_t i = 0; i < there; i++) {
          const __m512 floor = _mm512_set1_ps(largest[i] - margin[row + i]);
          uint32_t near = 0;
          for (int64_t at = 0; at < width; at += LANES)
            near |= static_cast<uint32_t>(_mm512_mask_cmp_ps_mask(lanes(width - at), _mm512_load_ps(&sums[i][at]),
                                                                  floor, _CMP_GE_OQ))
                    << at;
          for (; near != 0; near &= near - 1) {
            const int at = __builtin_ctz(near);
            found.candidates[thread].push_back({row + i, column + at, sums[i][at]});
            largest[i] = std::max(largest[i], sums[i][at]);
          }
        }
      });
  return found;
}

float dot(const float* left, const float* right, int64_t count) {
  __m512 sum = _mm512_setzero_ps();
  for (int64_t at = 0; at < count; at += LANES) {
    const __mmask16 there = lanes(count - at);
    sum = _mm512_fmadd_ps(load(left + at, there), load(right + at, there), sum);
  }
  return _mm512_reduce_add_ps(sum);
}

// `weight` [columns][inner] decides among candidates; null where the high parts are all there is.
template <class T>
void choose(const T* rows, int64_t count, int64_t inner, const char* packed, int64_t columns, const float* margin,
            const float* weight, int64_t* best, float* lead) {
  Found found = find_candidates(rows, count, inner, packed, columns, margin);
  float* const largest = found.largest.data();
  for (size_t at = count; at < found.largest.size(); at++)
    largest[at % count] = std::max(largest[at % count], largest[at]);
  std::vector<Candidate> left;
  for (const auto& mine : found.candidates)
    for (const Candidate& one : mine)
      if (one.value >= largest[one.row] - margin[one.row]) left.push_back(one);
  if constexpr (ALL_PARTS<T> == 2) {
    const int64_t number = left.size();
#pragma omp parallel for schedule(static)
    for (int64_t at = 0; at < number; at++)
      left[at].value = dot(rows + left[at].row * inner, weight + left[at].column * inner, inner);
  }
  std::fill(best, best + count, 0);
  std::fill(lead, lead + count, std::numeric_limits<float>::infinity());
  std::fill(largest, largest + count, -std::numeric_limits<float>::infinity());
  // Threads had the columns in order, so the first of equals stays.
  for (const Candidate& one : left) {
    const float before = largest[one.row];
    if (one.value > before) {
      best[one.row] = one.column;
      largest[one.row] = one.value;
      lead[one.row] = one.value - before;
    } else {
      lead[one.row] = std::min(lead[one.row], before - one.value);
    }
  }
}

}  // namespace

extern "C" {

// packed = weight [rows][columns] for the two below: ceil(rows / 32) * ceil(columns / 32) pieces of 2 KB for each of
// its parts, at an address that is a multiple of 64. Parts are 1, or 2 for fp32 that `fsa_product` takes.
void fsa_pack_tiles(const void* weight, int64_t rows, int64_t columns, void* packed, int parts, int is_bf16) {
  char* const to = static_cast<char*>(packed);
  if (is_bf16 != 0) return pack<1>(static_cast<const bf16*>(weight), rows, columns, to);
  if (parts == 1) return pack<1>(static_cast<const float*>(weight), rows, columns, to);
  pack<2>(static_cast<const float*>(weight), rows, columns, to);
}

// result [count][columns] = rows [count][inner] . weight [columns][inner] packed; with `relu` nothing below 0.
void fsa_product(const void* rows, int64_t count, int64_t inner, const void* packed, int64_t columns, int relu,
                 void* result, int is_bf16) {
  const char* const from = static_cast<const char*>(packed);
  if (is_bf16 != 0)
    return product(static_cast<const bf16*>(rows), count, inner, from, columns, relu != 0, static_cast<bf16*>(result));
  product(static_cast<const float*>(rows), count, inner, from, columns, relu != 0, static_cast<float*>(result));
}

// best [count] = the first column of the largest of each row of rows . weight, packed in one part; lead [count] fp32 =
// by how much it is larger than the next, or infinite where that is more than margin [count] fp32 below. In fp32 the
// margin must be more than the high parts err by in two logits together, and `weight` [columns][inner] fp32 decides
// within it; in bf16 it may be 0.
void fsa_choose(const void* rows, int64_t count, int64_t inner, const void* packed, int64_t columns,
                const float* margin, const float* weight, int64_t* best, float* lead, int is_bf16) {
  const char* const from = static_cast<const char*>(packed);
  if (is_bf16 != 0)
    return choose(static_cast<const bf16*>(rows), count, inner, from, columns, margin, nullptr, best, lead);
  choose(static_cast<const float*>(rows), count, inner, from, columns, margin, weight, best, lead);
}
}
