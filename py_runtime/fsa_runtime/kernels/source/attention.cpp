// Attention of one group of examples, forward and backward, without a tensor of scores: those of some queries of
// one head stay in the cache, and backward makes them anew from the logarithm of their sum.
//
// For each example and head, with scores s = q . k + bias and -inf where a key is hidden:
//   p = softmax(s), context = sum over keys of kept * p * v
// T5 does not scale its scores; the dropout's scale is not applied here. Query i sees key j with the bias
// table[head][j - i + length - 1], of [heads, 2 * length - 1] fp32; without a table there is none.
//
// q, k, v, context and gradients are bf16 rows: example e's row i of head h begins at
// base + (e * rows + i) * stride + h * width. `width` is a multiple of 16. `build` compiles this file for each level
// that trains (FSA_LEVEL names it).
#include "levels.h"
#include "masks.h"
#include "products.h"

namespace {

// Queries whose scores are in the cache at one time.
constexpr int64_t QUERIES = ROWS_AT_ONCE;
// Probabilities of a query come in whole tiles of pairs, whichever product takes them.
constexpr int64_t WHOLE_KEYS = 32;

struct Shape {
  int64_t examples, queries, keys, heads, width;
  // Real keys of each example, or null where all are.
  const int32_t* lengths;
  bool causal;
  int64_t length;

  int64_t padded_keys() const { return whole(keys, WHOLE_KEYS); }
  // Words of a row of q, k or v.
  int64_t depth() const { return whole(width / 2, WHOLE_PAIRS); }
  int64_t query_pairs() const { return whole((queries + 1) / 2, WHOLE_PAIRS); }
  int64_t keys_of(int64_t example) const { return lengths == nullptr ? keys : lengths[example]; }
  // How many keys the query sees.
  int64_t seen(int64_t query, int64_t real) const { return causal ? std::min(real, query + 1) : real; }
  const float* bias(const float* table, int64_t head) const {
    return table == nullptr ? nullptr : table + head * (2 * length - 1) + length - 1;
  }
};

struct Rows {
  const bf16* base;
  int64_t stride;

  const bf16* of(const Shape& shape, int64_t example, int64_t head, int64_t rows) const {
    return base + example * rows * stride + head * shape.width;
  }
};

Left words_of(const bf16* rows, int64_t stride) {
  return Left{reinterpret_cast<const word*>(rows), stride / 2, 1};
}

// `count` of these rows as a product takes them: as they lie, or in `room` [QUERIES][depth] where it takes whole tiles.
Left block_of(const Shape& shape, const bf16* rows, int64_t stride, int64_t count, word* room) {
  if constexpr (WHOLE_ROWS == 1) return words_of(rows, stride);
  const int64_t depth = shape.depth();
  for (int64_t row = 0; row < whole(count, WHOLE_ROWS); row++)
    for (int64_t at = 0; at < depth; at += LANES) {
      const __mmask16 there = row < count ? lanes(shape.width / 2 - at) : 0;
      _mm512_storeu_si512(room + row * depth + at, _mm512_maskz_loadu_epi32(there, rows + row * stride + 2 * at));
    }
  return Left{room, depth, 1};
}

void store_rows(const float* from, int64_t count, int64_t width, __m512 factor, bf16* to, int64_t stride) {
  for (int64_t row = 0; row < count; row++)
    for (int64_t at = 0; at < width; at += LANES)
      store(to + row * stride + at, 0xffff, _mm512_mul_ps(_mm512_loadu_ps(from + row * width + at), factor));
}

// Adds the bias, turns scores [seen] into exp(score - largest) and writes what dropout keeps of them to `kept`
// [padded], 0 behind. Returns 1 / their sum; `log_sum` is that of exp(score).
float soften(float* scores, int64_t seen, int64_t padded, const float* bias, const Dropout& dropout, uint64_t row,
             bf16* kept, float* log_sum) {
  const __m512 lowest = _mm512_set1_ps(-std::numeric_limits<float>::infinity());
  __m512 largest = lowest;
  for (int64_t at = 0; at < seen; at += LANES) {
    const __mmask16 mask = lanes(seen - at);
    __m512 score = _mm512_loadu_ps(scores + at);
    if (bias != nullptr) score = _mm512_add_ps(score, load(bias + at, mask));
    score = _mm512_mask_mov_ps(lowest, mask, score);
    _mm512_storeu_ps(scores + at, score);
    largest = _mm512_max_ps(largest, score);
  }
  const float top = _mm512_reduce_max_ps(largest);
  __m512 sum = _mm512_setzero_ps();
  for (int64_t at = 0; at < padded; at += LANES) {
    const __mmask16 mask = lanes(seen - at);
    __m512 part = _mm512_setzero_ps();
    if (mask != 0)
      part = _mm512_maskz_mov_ps(mask, exponential(_mm512_sub_ps(_mm512_loadu_ps(scores + at), _mm512_set1_ps(top))));
    sum = _mm512_add_ps(sum, part);
    const __mmask64 all = dropout.kept(row, blocks_of(padded), at / 64);
    store(kept + at, 0xffff, _mm512_maskz_mov_ps(static_cast<__mmask16>(all >> (at % 64)), part));
  }
  const float total = _mm512_reduce_add_ps(sum);
  *log_sum = top + std::log(total);
  return 1.0f / total;
}

}  // namespace

// Writes `context` (rows `context_stride` apart) and log_sums [examples, heads, queries] fp32.
extern "C" void NAMED(fsa_attention, FSA_LEVEL)(const bf16* q, const bf16* k, const bf16* v, int64_t q_stride, int64_t k_stride,
                              bf16* context, int64_t context_stride, float* log_sums, int64_t examples,
                              int64_t queries, int64_t keys, int64_t heads, int64_t width, const int32_t* lengths,
                              int causal, const float* table, int64_t length, uint64_t seed, uint64_t stream,
                              int threshold) {
  const Shape shape{examples, queries, keys, heads, width, lengths, causal != 0, length};
  const Dropout dropout{seed, stream, threshold};
  const int64_t padded = shape.padded_keys(), depth = shape.depth();
#pragma omp parallel for schedule(dynamic, 1)
  for (int64_t job = 0; job < examples * heads; job++) {
    [[maybe_unused]] const Tiles tiles;
    const int64_t example = job / heads, head = job % heads, real = shape.keys_of(example);
    const bf16* own_q = Rows{q, q_stride}.of(shape, example, head, queries);
    word* turned = scratch<word>(0, depth * padded);
    word* paired = scratch<word>(1, (padded / 2) * width);
    turn_pairs(Rows{k, k_stride}.of(shape, example, head, keys), k_stride, real, width, padded, depth, turned);
    pair_rows(Rows{v, k_stride}.of(shape, example, head, keys), k_stride, real, width, padded / 2, paired);
    float* scores = scratch<float>(2, QUERIES * padded);
    bf16* kept = scratch<bf16>(3, QUERIES * padded);
    float* result = scratch<float>(4, QUERIES * width);
    word* block = scratch<word>(6, QUERIES * depth);
    for (int64_t begin = 0; begin < queries; begin += QUERIES) {
      const int64_t count = std::min(QUERIES, queries - begin);
      const int64_t seen = shape.seen(begin + count - 1, real);
      const int64_t columns = (seen + LANES - 1) / LANES * LANES;
      const Left asking = block_of(shape, own_q + begin * q_stride, q_stride, count, block);
      product(asking, count, turned, padded, columns, depth, scores, padded);
      float inverse[QUERIES];
      for (int64_t row = 0; row < count; row++) {
        const int64_t query = begin + row;
        const float* bias = shape.bias(table, head);
        inverse[row] = soften(scores + row * padded, shape.seen(query, real), padded,
                              bias == nullptr ? nullptr : bias - query, dropout, job * queries + query,
                              kept + row * padded, log_sums + job * queries + query);
      }
      const int64_t pairs = whole((seen + 1) / 2, WHOLE_PAIRS);
      product(words_of(kept, padded), count, paired, width, width, pairs, result, width);
      bf16* to = context + (example * queries + begin) * context_stride + head * width;
      for (int64_t row = 0; row < count; row++)
        store_rows(result + row * width, 1, width, _mm512_set1_ps(inverse[row]), to + row * context_stride, 0);
    }
  }
}

// From `outer`, the gradient of `context` (strides alike), and what `fsa_attention` wrote: the gradients of q, of k
// and of v, and with a table that of the table, added to table_gradient [heads, 2 * length - 1]. With
//   d = kept * (outer . v) - outer . context        (one number a query, then one a pair)
//   gradient of s = p * d
// One thread has all examples of a head, so that sums come out the same for any thread count.
extern "C" void NAMED(fsa_attention_backward, FSA_LEVEL)(const bf16* q, const bf16* k, const bf16* v, int64_t q_stride,
                                       int64_t k_stride, const bf16* context, const bf16* outer,
                                       int64_t context_stride, const float* log_sums, bf16* q_gradient,
                                       bf16* k_gradient, bf16* v_gradient, int64_t q_gradient_stride,
                                       int64_t k_gradient_stride, int64_t examples, int64_t queries, int64_t keys,
                                       int64_t heads, int64_t width, const int32_t* lengths, int causal,
                                       const float* table, float* table_gradient, int64_t length, uint64_t seed,
                                       uint64_t stream, int threshold) {
  const Shape shape{examples, queries, keys, heads, width, lengths, causal != 0, length};
  const Dropout dropout{seed, stream, threshold};
  const int64_t padded = shape.padded_keys(), depth = shape.depth(), pairs = shape.query_pairs();
  const __m512 one = _mm512_set1_ps(1.0f);
#pragma omp parallel for schedule(static, 1)
  for (int64_t head = 0; head < heads; head++)
    for (int64_t example = 0; example < examples; example++) {
      [[maybe_unused]] const Tiles tiles;
      const int64_t job = example * heads + head, real = shape.keys_of(example);
      const bf16* own_q = Rows{q, q_stride}.of(shape, example, head, queries);
      const bf16* own_k = Rows{k, k_stride}.of(shape, example, head, keys);
      const bf16* own_v = Rows{v, k_stride}.of(shape, example, head, keys);
      const bf16* own_context = Rows{context, context_stride}.of(shape, example, head, queries);
      const bf16* own_outer = Rows{outer, context_stride}.of(shape, example, head, queries);
      const float* bias = shape.bias(table, head);
      float* bias_gradient = const_cast<float*>(shape.bias(table_gradient, head));
      word* turned = scratch<word>(0, 2 * depth * padded);
      word* turned_v = turned + depth * padded;
      word* paired = scratch<word>(1, (padded / 2 + 2 * pairs) * width);
      word *paired_q = paired + padded / 2 * width, *paired_outer = paired_q + pairs * width;
      turn_pairs(own_k, k_stride, real, width, padded, depth, turned);
      turn_pairs(own_v, k_stride, real, width, padded, depth, turned_v);
      pair_rows(own_k, k_stride, real, width, padded / 2, paired);
      pair_rows(own_q, q_stride, queries, width, pairs, paired_q);
      pair_rows(own_outer, context_stride, queries, width, pairs, paired_outer);
      float* scores = scratch<float>(2, 2 * QUERIES * padded);
      float* along = scores + QUERIES * padded;
      bf16* row_gradient = scratch<bf16>(3, QUERIES * padded);
      float* result = scratch<float>(4, QUERIES * width);
      // Of two queries each, as the products over queries want them: kept probabilities, gradients of scores.
      word* chances = scratch<word>(5, 2 * pairs * padded);
      word* gradients = chances + pairs * padded;
      for (int64_t pair = (queries + 1) / 2; pair < pairs; pair++)
        for (word* one : {chances, gradients})
          std::memset(one + pair * padded, 0, static_cast<size_t>(padded) * sizeof(word));
      word* block = scratch<word>(6, QUERIES * depth);
      for (int64_t begin = 0; begin < queries; begin += QUERIES) {
        const int64_t count = std::min(QUERIES, queries - begin);
        const int64_t seen = shape.seen(begin + count - 1, real);
        const int64_t columns = (seen + LANES - 1) / LANES * LANES;
        const Left asking = block_of(shape, own_q + begin * q_stride, q_stride, count, block);
        product(asking, count, turned, padded, columns, depth, scores, padded);
        const Left back = block_of(shape, own_outer + begin * context_stride, context_stride, count, block);
        product(back, count, turned_v, padded, columns, depth, along, padded);
        for (int64_t row = 0; row < count; row += 2) {
          float delta[2] = {0, 0}, log_sum[2] = {0, 0};
          for (int64_t half = 0; half < 2 && row + half < count; half++) {
            const int64_t query = begin + row + half;
            __m512 sum = _mm512_setzero_ps();
            for (int64_t at = 0; at < width; at += LANES)
              sum = _mm512_fmadd_ps(load(own_outer + query * context_stride + at, 0xffff),
                                    load(own_context + query * context_stride + at, 0xffff), sum);
            delta[half] = _mm512_reduce_add_ps(sum);
            log_sum[half] = log_sums[job * queries + query];
          }
          word* to_chances = chances + (begin + row) / 2 * padded;
          word* to_gradients = gradients + (begin + row) / 2 * padded;
          for (int64_t at = 0; at < padded; at += LANES) {
            __m512i chance[2], gradient[2];
            for (int64_t half = 0; half < 2; half++) {
              const int64_t query = begin + row + half;
              const __mmask16 mask = row + half < count ? lanes(shape.seen(query, real) - at) : 0;
              chance[half] = gradient[half] = _mm512_setzero_si512();
              if (mask != 0) {
                __m512 score = _mm512_loadu_ps(scores + (row + half) * padded + at);
                if (bias != nullptr) score = _mm512_add_ps(score, load(bias - query + at, mask));
                const __m512 p =
                    _mm512_maskz_mov_ps(mask, exponential(_mm512_sub_ps(score, _mm512_set1_ps(log_sum[half]))));
                const __mmask64 all = dropout.kept(job * queries + query, blocks_of(padded), at / 64);
                const __mmask16 kept = static_cast<__mmask16>(all >> (at % 64));
                const __m512 outwards = _mm512_maskz_loadu_ps(kept, along + (row + half) * padded + at);
                const __m512 g = _mm512_mul_ps(p, _mm512_sub_ps(outwards, _mm512_set1_ps(delta[half])));
                if (bias_gradient != nullptr) {
                  float* into = bias_gradient - query + at;
                  store(into, mask, _mm512_add_ps(load(into, mask), g));
                }
                chance[half] = _mm512_cvtepu16_epi32(narrow(_mm512_maskz_mov_ps(kept, p)));
                gradient[half] = _mm512_cvtepu16_epi32(narrow(g));
              }
              if (row + half < count)
                _mm256_storeu_si256(reinterpret_cast<__m256i*>(row_gradient + (row + half) * padded + at),
                                    _mm512_cvtepi32_epi16(gradient[half]));
            }
            _mm512_storeu_si512(to_chances + at, _mm512_or_si512(chance[0], _mm512_slli_epi32(chance[1], 16)));
            _mm512_storeu_si512(to_gradients + at,
                                _mm512_or_si512(gradient[0], _mm512_slli_epi32(gradient[1], 16)));
          }
        }
        product(words_of(row_gradient, padded), count, paired, width, width, whole((seen + 1) / 2, WHOLE_PAIRS), result,
                width);
        store_rows(result, count, width, one,
                   q_gradient + (example * queries + begin) * q_gradient_stride + head * width, q_gradient_stride);
      }
      for (int64_t which = 0; which < 2; which++) {
        bf16* to = (which == 0 ? k_gradient : v_gradient) + example * keys * k_gradient_stride + head * width;
        const word* left = which == 0 ? gradients : chances;
        const word* right = which == 0 ? paired_q : paired_outer;
        for (int64_t key = 0; key < real; key += QUERIES) {
          // No query before its own place sees a key.
          const int64_t from = shape.causal ? key / 2 / WHOLE_PAIRS * WHOLE_PAIRS : 0, count = std::min(QUERIES, real - key);
          if (from >= pairs) {
            std::memset(result, 0, static_cast<size_t>(count * width) * sizeof(float));
          } else {
            product(Left{left + from * padded + key, 1, padded}, count, right + from * width, width, width,
                    pairs - from, result, width);
          }
          store_rows(result, count, width, one, to + key * k_gradient_stride, k_gradient_stride);
        }
        for (int64_t key = real; key < keys; key++)
          std::memset(to + key * k_gradient_stride, 0, static_cast<size_t>(width) * sizeof(bf16));
      }
    }
}
