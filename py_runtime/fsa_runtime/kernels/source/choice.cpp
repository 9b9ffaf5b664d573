// The choice of a token. Of logits only the largest counts, so the high parts of rows and weights do, in bf16: what
// they cannot decide the weights themselves do.
//
// `build` compiles this file for every level with products of bf16 (FSA_LEVEL names it). What both have of the standard
// library may be the code of either: no compiler takes tiles by itself.
#include <vector>

#include "levels.h"
#include "panels.h"

namespace {

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

// packed = weight [rows][columns] for `fsa_product` and `fsa_choose`: ceil(rows / 32) * ceil(columns / 32) pieces of 2 KB for each of
// its parts, at an address that is a multiple of 64. Parts are 1, or 2 for fp32 that `fsa_product` takes.
void NAMED(fsa_pack, FSA_LEVEL)(const void* weight, int64_t rows, int64_t columns, void* packed, int parts, int is_bf16) {
  char* const to = static_cast<char*>(packed);
  if (is_bf16 != 0) return pack<1>(static_cast<const bf16*>(weight), rows, columns, to);
  const float* const from = static_cast<const float*>(weight);
  return parts == 1 ? pack<1>(from, rows, columns, to) : pack<2>(from, rows, columns, to);
}

// best [count] = the first column of the largest of each row of rows . weight, packed in one part; lead [count] fp32 =
// by how much it is larger than the next, or infinite where that is more than margin [count] fp32 below. In fp32 the
// margin must be more than the high parts err by in two logits together, and `weight` [columns][inner] fp32 decides
// within it; in bf16 it may be 0.
void NAMED(fsa_choose, FSA_LEVEL)(const void* rows, int64_t count, int64_t inner, const void* packed, int64_t columns,
                const float* margin, const float* weight, int64_t* best, float* lead, int is_bf16) {
  const char* const from = static_cast<const char*>(packed);
  if (is_bf16 != 0)
    return choose(static_cast<const bf16*>(rows), count, inner, from, columns, margin, nullptr, best, lead);
  choose(static_cast<const float*>(rows), count, inner, from, columns, margin, weight, best, lead);
}
}
