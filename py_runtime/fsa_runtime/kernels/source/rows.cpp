// What lies between the products: residual sum, dropout and norm, forward and backward. Rows of any width.
#include <omp.h>

#include <vector>

#include "masks.h"

namespace {

constexpr int64_t BLOCK = 64;

// The mask of sixteen elements at `offset` of a block of 64.
__mmask16 part_of(__mmask64 kept, int offset) { return static_cast<__mmask16>(kept >> offset); }

}  // namespace

// sum = rows + scale * kept * out                       [n, d] fp32; `out` [n, d] bf16
// inverse = 1 / sqrt(mean(sum^2) + epsilon)             [n] fp32
// normed = gain * sum * inverse * weight                [n, d] bf16; weight [d] fp32
// Without `out` (null) `sum` is not written: rows are normed as they are.
extern "C" void fsa_add_norm(const float* rows, const bf16* out, float* sum, const float* weight, bf16* normed,
                             float* inverse, int64_t n, int64_t d, float scale, float epsilon, float gain,
                             uint64_t seed, uint64_t stream, int threshold) {
  const Dropout dropout{seed, stream, threshold};
  const __m512 factor = _mm512_set1_ps(scale);
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < n; row++) {
    const float* in = rows + row * d;
    const float* summed = out == nullptr ? in : sum + row * d;
    __m512 squares = _mm512_setzero_ps();
    for (int64_t block = 0; block < d; block += BLOCK) {
      const __mmask64 kept = out == nullptr ? 0 : dropout.kept(row, blocks_of(d), block / BLOCK);
      for (int offset = 0; offset < BLOCK && block + offset < d; offset += LANES) {
        const int64_t at = block + offset;
        const __mmask16 mask = lanes(d - at);
        __m512 value = load(in + at, mask);
        if (out != nullptr) {
          value = _mm512_mask3_fmadd_ps(load(out + row * d + at, mask), factor, value, part_of(kept, offset));
          store(sum + row * d + at, mask, value);
        }
        squares = _mm512_fmadd_ps(value, value, squares);
      }
    }
    const float own = 1.0f / std::sqrt(_mm512_reduce_add_ps(squares) / static_cast<float>(d) + epsilon);
    inverse[row] = own;
    const __m512 times = _mm512_set1_ps(own * gain);
    for (int64_t at = 0; at < d; at += LANES) {
      const __mmask16 mask = lanes(d - at);
      const __m512 value = _mm512_mul_ps(_mm512_mul_ps(load(summed + at, mask), times), load(weight + at, mask));
      store(normed + row * d + at, mask, value);
    }
  }
}

// The way back through the norm of `fsa_add_norm`, with g = gradient [n, d] bf16 of `normed`:
//   into += gain * (g * weight * inverse - rows * inverse^3 * mean(g * weight * rows))      [n, d] fp32
//   weight_gradient += gain * sum over rows of g * rows * inverse                           [d] fp32
// With `below` [n, d] bf16 also the gradient of the output that the residual sum under it took in:
//   below = scale * kept * into
extern "C" void fsa_norm_backward(const bf16* gradient, const float* rows, const float* inverse,
                                  const float* weight, float* into, float* weight_gradient, int64_t n, int64_t d,
                                  float gain, bf16* below, float scale, uint64_t seed, uint64_t stream,
                                  int threshold) {
  const Dropout dropout{seed, stream, threshold};
  const __m512 factor = _mm512_set1_ps(scale);
  const int threads = omp_get_max_threads();
  std::vector<float> parts(static_cast<size_t>(threads) * d, 0.0f);
#pragma omp parallel num_threads(threads)
  {
    float* part = parts.data() + static_cast<int64_t>(omp_get_thread_num()) * d;
#pragma omp for schedule(static)
    for (int64_t row = 0; row < n; row++) {
      const bf16* g = gradient + row * d;
      const float* in = rows + row * d;
      float* to = into + row * d;
      const __m512 own = _mm512_set1_ps(inverse[row]);
      __m512 along = _mm512_setzero_ps();
      for (int64_t at = 0; at < d; at += LANES) {
        const __mmask16 mask = lanes(d - at);
        const __m512 product = _mm512_mul_ps(_mm512_mul_ps(load(g + at, mask), own), load(in + at, mask));
        along = _mm512_fmadd_ps(product, load(weight + at, mask), along);
        store(part + at, mask, _mm512_add_ps(product, load(part + at, mask)));
      }
      const float mean = _mm512_reduce_add_ps(along) / static_cast<float>(d);
      const __m512 pull = _mm512_set1_ps(-gain * mean * inverse[row] * inverse[row]);
      const __m512 times = _mm512_set1_ps(gain * inverse[row]);
      for (int64_t block = 0; block < d; block += BLOCK) {
        const __mmask64 kept = below == nullptr ? 0 : dropout.kept(row, blocks_of(d), block / BLOCK);
        for (int offset = 0; offset < BLOCK && block + offset < d; offset += LANES) {
          const int64_t at = block + offset;
          const __mmask16 mask = lanes(d - at);
          const __m512 scaled = _mm512_mul_ps(load(g + at, mask), times);
          __m512 value = _mm512_fmadd_ps(scaled, load(weight + at, mask), load(to + at, mask));
          value = _mm512_fmadd_ps(load(in + at, mask), pull, value);
          store(to + at, mask, value);
          if (below != nullptr)
            store(below + row * d + at, mask, _mm512_maskz_mul_ps(part_of(kept, offset), value, factor));
        }
      }
    }
  }
  for (int thread = 0; thread < threads; thread++)
    for (int64_t at = 0; at < d; at++) weight_gradient[at] += gain * parts[static_cast<size_t>(thread) * d + at];
}

template <class T>
static void mask_rows(T* values, int64_t n, int64_t d, float scale, bool relu, const Dropout& dropout) {
  const __m512 factor = _mm512_set1_ps(scale);
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < n; row++)
    for (int64_t block = 0; block < d; block += BLOCK) {
      const __mmask64 kept = dropout.kept(row, blocks_of(d), block / BLOCK);
      for (int offset = 0; offset < BLOCK && block + offset < d; offset += LANES) {
        T* at = values + row * d + block + offset;
        const __mmask16 mask = lanes(d - block - offset);
        __m512 value = load(at, mask);
        if (relu) value = _mm512_max_ps(value, _mm512_setzero_ps());
        store(at, mask, _mm512_maskz_mul_ps(part_of(kept, offset), value, factor));
      }
    }
}

// values <- kept * values, or kept * max(values, 0) with `relu`   [n, d] bf16, in place
extern "C" void fsa_mask(bf16* values, int64_t n, int64_t d, int relu, uint64_t seed, uint64_t stream,
                         int threshold) {
  mask_rows(values, n, d, 1.0f, relu != 0, Dropout{seed, stream, threshold});
}

// values <- scale * kept * values   [n, d] fp32, in place
extern "C" void fsa_mask_scaled(float* values, int64_t n, int64_t d, float scale, uint64_t seed, uint64_t stream,
                                int threshold) {
  mask_rows(values, n, d, scale, false, Dropout{seed, stream, threshold});
}
