// Passes of generation, fp32 and bf16, for any shape. Plain loops: `build` compiles this file once for each level of
// processor (FSA_LEVEL names it), and `library` calls the one that fits. No containers of the standard library: what
// the compiler does not inline of them exists once for all levels, in instructions that not every processor has.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "levels.h"

namespace {

// bf16 as it lies in memory: the upper half of an fp32.
using bf16 = uint16_t;

inline float number(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

inline float widen(float value) { return value; }
inline float widen(bf16 value) { return number(static_cast<uint32_t>(value) << 16); }

// To the nearest, halves to even.
inline void narrow(float value, float* to) { *to = value; }
inline void narrow(float value, bf16* to) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  // Rounding could make an infinity of a NaN.
  *to = static_cast<bf16>((bits & 0x7fffffff) > 0x7f800000 ? (bits >> 16) | 0x40 : rounded);
}

// exp(x) for x <= 0 to an ulp or two: 2^n times a polynomial (Cephes' expf); 0 far below.
inline float exponential(float x) {
  constexpr float ROUNDS = 12582912.0f;  // 1.5 * 2^23: adding it leaves no digits behind the point
  const float clipped = std::max(x, -87.0f);
  const float n = (clipped * 1.44269504f + ROUNDS) - ROUNDS;
  float f = std::fma(n, -0.693359375f, clipped);
  f = std::fma(n, 2.12194440e-4f, f);
  float p = 1.9875691500e-4f;
  p = std::fma(p, f, 1.3981999507e-3f);
  p = std::fma(p, f, 8.3334519073e-3f);
  p = std::fma(p, f, 4.1665795894e-2f);
  p = std::fma(p, f, 1.6666665459e-1f);
  p = std::fma(p, f, 5.0000001201e-1f);
  p = std::fma(p, f * f, f + 1.0f);
  const float power = number(static_cast<uint32_t>(static_cast<int32_t>(n) + 127) << 23);
  return x < -87.0f ? 0.0f : p * power;
}

// Keys and values of one query: pages of `page_length` positions at the addresses `pages`; a position is a row of
// `stride` elements, its value `value` elements behind its key.
template <class T>
struct Memory {
  const T* const* pages;
  int64_t page_offset;
  int64_t page_length;
  int64_t stride;
  int64_t value;
  int64_t length;

  // Calls work(first position, how many, key of the first) page by page.
  template <class Work>
  void each_page(const Work& work) const {
    for (int64_t at = 0; at < length; at += page_length)
      work(at, std::min(page_length, length - at), pages[at / page_length] + page_offset);
  }
};

// sum of left[w] * right[w]. WIDTH 0 takes `width` as it comes; a constant unrolls the loop.
template <int WIDTH, class T>
inline float dot(const float* left, const T* right, int64_t width) {
  float sum = 0.0f;
  const int64_t count = WIDTH > 0 ? WIDTH : width;
#pragma omp simd reduction(+ : sum)
  for (int64_t w = 0; w < count; w++) sum = std::fma(left[w], widen(right[w]), sum);
  return sum;
}

// Turns scores[count] into exp(score - largest) and gives one over their sum.
inline float soften(float* scores, const float* bias, int64_t count) {
  if (bias != nullptr) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) scores[i] += bias[i];
  }
  float largest = -std::numeric_limits<float>::infinity();
#pragma omp simd reduction(max : largest)
  for (int64_t i = 0; i < count; i++) largest = std::max(largest, scores[i]);
  float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; i++) {
    scores[i] = exponential(scores[i] - largest);
    sum += scores[i];
  }
  return 1.0f / sum;
}

// One query over its memory: scores, bias, softmax, values. `query` and `sums` are [heads * width] fp32, `scores`
// [heads][memory.length].
template <int WIDTH, class T>
void attend_one(const float* query, const Memory<T>& memory, int64_t heads, int64_t given_width, const float* bias,
                int64_t bias_row, float* scores, float* sums) {
  const int64_t width = WIDTH > 0 ? WIDTH : given_width, length = memory.length;
  memory.each_page([&](int64_t first, int64_t count, const T* keys) {
    for (int64_t i = 0; i < count; i++)
      for (int64_t head = 0; head < heads; head++)
        scores[head * length + first + i] =
            dot<WIDTH>(query + head * width, keys + i * memory.stride + head * width, width);
  });
  std::fill(sums, sums + heads * width, 0.0f);
  for (int64_t head = 0; head < heads; head++) {
    float* mine = scores + head * length;
    const float share = soften(mine, bias == nullptr ? nullptr : bias + head * bias_row, length);
#pragma omp simd
    for (int64_t i = 0; i < length; i++) mine[i] *= share;
  }
  memory.each_page([&](int64_t first, int64_t count, const T* keys) {
    for (int64_t i = 0; i < count; i++) {
      const T* values = keys + i * memory.stride + memory.value;
      for (int64_t head = 0; head < heads; head++) {
        const float share = scores[head * length + first + i];
        float* into = sums + head * width;
        const T* from = values + head * width;
        const int64_t elements = WIDTH > 0 ? WIDTH : width;
#pragma omp simd
        for (int64_t w = 0; w < elements; w++) into[w] = std::fma(share, widen(from[w]), into[w]);
      }
    }
  });
}

// Memory of one thread for one call.
struct Scratch {
  float* at = nullptr;
  int64_t size = 0;

  ~Scratch() { free(at); }

  float* grown(int64_t wanted) {
    if (wanted > size) {
      free(at);
      at = static_cast<float*>(malloc(wanted * sizeof(float)));
      if (at == nullptr) abort();
      size = wanted;
    }
    return at;
  }
};

struct Shape {
  int64_t rows, heads, width;
};

struct Bias {
  const float* table;
  int64_t row;
  const int32_t* starts;
};

template <class T>
struct Queries {
  const T* at;
  int64_t row;
  // Keys and values of the newest position lie behind the queries, and go into the last place of the memory.
  bool brings;
};

template <class T>
void attend_all(const Queries<T>& queries, const T* const* pages, int64_t pages_row, Memory<T> memory,
                const int32_t* lengths, const Bias& bias, T* context, const Shape& shape) {
  const int64_t inner = shape.heads * shape.width;
#pragma omp parallel firstprivate(memory)
  {
    Scratch rows, wide;
    float* const query = rows.grown(2 * inner);
    float* const sums = query + inner;
#pragma omp for schedule(static, 1)
    for (int64_t row = 0; row < shape.rows; row++) {
      const T* from = queries.at + row * queries.row;
      memory.pages = pages + row * pages_row;
      memory.length = lengths[row];
      if (queries.brings) {
        const int64_t last = memory.length - 1;
        T* place = const_cast<T*>(memory.pages[last / memory.page_length]) + memory.page_offset +
                   last % memory.page_length * memory.stride;
        memcpy(place, from + inner, inner * sizeof(T));
        memcpy(place + memory.value, from + 2 * inner, inner * sizeof(T));
      }
#pragma omp simd
      for (int64_t i = 0; i < inner; i++) query[i] = widen(from[i]);
      float* const scores = wide.grown(shape.heads * memory.length);
      const float* mine = bias.table == nullptr ? nullptr : bias.table + bias.starts[row];
      switch (shape.width) {
        case 32:
          attend_one<32>(query, memory, shape.heads, 32, mine, bias.row, scores, sums);
          break;
        case 64:
          attend_one<64>(query, memory, shape.heads, 64, mine, bias.row, scores, sums);
          break;
        default:
          attend_one<0>(query, memory, shape.heads, shape.width, mine, bias.row, scores, sums);
      }
      T* to = context + row * inner;
      for (int64_t i = 0; i < inner; i++) narrow(sums[i], to + i);
    }
  }
}

// rows += out (where there is one); normed = rows * gain * scale / sqrt(mean of squares + epsilon)
template <class T>
void add_norm_all(float* rows, const T* out, const float* scale, T* normed, int64_t count, int64_t width,
                  float epsilon, float gain) {
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < count; row++) {
    float* mine = rows + row * width;
    if (out != nullptr) {
      const T* added = out + row * width;
#pragma omp simd
      for (int64_t i = 0; i < width; i++) mine[i] += widen(added[i]);
    }
    float squares = 0.0f;
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < width; i++) squares = std::fma(mine[i], mine[i], squares);
    const float inverse = gain / std::sqrt(squares / static_cast<float>(width) + epsilon);
    T* to = normed + row * width;
    for (int64_t i = 0; i < width; i++) narrow(mine[i] * inverse * scale[i], to + i);
  }
}

// best[row] = the first of the largest of logits[row][columns], with `first` added, where it beats what is there.
template <class T>
void best_of_all(const T* logits, int64_t row_stride, int64_t rows, int64_t columns, int64_t first, float* largest,
                 int64_t* best) {
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < rows; row++) {
    const T* mine = logits + row * row_stride;
    float top = -std::numeric_limits<float>::infinity();
#pragma omp simd reduction(max : top)
    for (int64_t i = 0; i < columns; i++) top = std::max(top, widen(mine[i]));
    if (first > 0 && !(top > largest[row])) continue;
    int64_t at = 0;
    while (at + 1 < columns && widen(mine[at]) != top) at++;
    largest[row] = top;
    best[row] = first + at;
  }
}

}  // namespace

extern "C" {

// context[row] = softmax(query . keys + bias) . values for every head of every row.
//   queries [rows][query_row]: heads * width elements of each are the query; with `brings` the next as many are the
//   newest position's key and value, which are written into the last place of the row's memory first.
//   pages [rows][pages_row]: addresses of the row's pages, each of `page_length` positions from element `page_offset`
//   on, `stride` elements apart, the value `value` elements behind the key. lengths [rows]: how many positions.
//   bias: null, or fp32 [heads][bias_row], of which row r sees lengths[r] elements from bias_starts[r] on.
//   context [rows][heads * width].
void NAMED(fsa_attend, FSA_LEVEL)(const void* queries, int64_t query_row, int brings, const void* const* pages,
                                  int64_t pages_row, int64_t page_offset, int64_t page_length, int64_t stride,
                                  int64_t value, const int32_t* lengths, const float* bias, int64_t bias_row,
                                  const int32_t* bias_starts, void* context, int64_t rows, int64_t heads, int64_t width,
                                  int is_bf16) {
  const Bias given{bias, bias_row, bias_starts};
  const Shape shape{rows, heads, width};
  const auto run = [&](auto kind) {
    using T = decltype(kind);
    const Memory<T> memory{nullptr, page_offset, page_length, stride, value, 0};
    attend_all<T>({static_cast<const T*>(queries), query_row, brings != 0}, reinterpret_cast<const T* const*>(pages),
                  pages_row, memory, lengths, given, static_cast<T*>(context), shape);
  };
  if (is_bf16 != 0) return run(bf16{});
  run(float{});
}

// rows [count][width] fp32 += out (or null), in place; normed = the rows over their RMS, times scale [width] and gain.
void NAMED(fsa_sum_norm, FSA_LEVEL)(float* rows, const void* out, const float* scale, void* normed, int64_t count,
                                    int64_t width, float epsilon, float gain, int is_bf16) {
  if (is_bf16 != 0)
    return add_norm_all(rows, static_cast<const bf16*>(out), scale, static_cast<bf16*>(normed), count, width, epsilon,
                        gain);
  add_norm_all(rows, static_cast<const float*>(out), scale, static_cast<float*>(normed), count, width, epsilon, gain);
}

// best [rows] = the column of the first largest of logits [rows][row_stride], of which `columns` from column `first`
// of the vocabulary on are there; blocks come in order, and `largest` [rows] fp32 carries what was found so far.
void NAMED(fsa_best, FSA_LEVEL)(const void* logits, int64_t row_stride, int64_t rows, int64_t columns, int64_t first,
                                float* largest, int64_t* best, int is_bf16) {
  if (is_bf16 != 0)
    return best_of_all(static_cast<const bf16*>(logits), row_stride, rows, columns, first, largest, best);
  best_of_all(static_cast<const float*>(logits), row_stride, rows, columns, first, largest, best);
}
}
