// AdamW and AdamWScale in one pass over the weights.
#include <vector>

#include "vectors.h"

namespace {

constexpr int64_t PIECE = 1 << 14;

double in_order(const std::vector<double>& sums) {
  double total = 0;
  for (const double one : sums) total += one;
  return total;
}

}  // namespace

// squares[0] = sum of squares of values [n] fp32, to the bit what fsa_adam gives for the values it leaves: a
// training that goes on from a checkpoint scales by the same RMS as one that was never stopped.
extern "C" void fsa_square_sum(const float* values, int64_t n, double* squares) {
  const int64_t pieces = (n + PIECE - 1) / PIECE;
  std::vector<double> sums(static_cast<size_t>(pieces));
#pragma omp parallel for schedule(static)
  for (int64_t piece = 0; piece < pieces; piece++) {
    const int64_t end = std::min(n, (piece + 1) * PIECE);
    __m512 sum = _mm512_setzero_ps();
    for (int64_t at = piece * PIECE; at < end; at += LANES) {
      const __mmask16 mask = lanes(end - at);
      const __m512 value = load(values + at, mask);
      sum = _mm512_mask3_fmadd_ps(value, value, sum, mask);
    }
    sums[static_cast<size_t>(piece)] = _mm512_reduce_add_ps(sum);
  }
  *squares = in_order(sums);
}

// One step of Adam on values [n] fp32, with g = gradient * gradient_scale:
//   values *= before
//   first += (1 - beta1) * (g - first);  second = beta2 * second + (1 - beta2) * g^2
//   values -= size * first / (sqrt(second) * root + epsilon)
//   values *= after;  compute = bf16(values)
// size = learning rate (times the tensor's RMS) / (1 - beta1^t), root = 1 / sqrt(1 - beta2^t); `before` and
// `after` hold the weight decay of AdamW and of AdamWScale, else 1. squares[0] = sum of squares of the new
// values, added up piece by piece in their order: the same for any thread count.
extern "C" void fsa_adam(float* values, const float* gradient, float* first, float* second, bf16* compute,
                         int64_t n, float size, float root, float epsilon, float beta1, float beta2, float before,
                         float after, float gradient_scale, double* squares) {
  const int64_t pieces = (n + PIECE - 1) / PIECE;
  std::vector<double> sums(static_cast<size_t>(pieces));
  const __m512 one_less1 = _mm512_set1_ps(1.0f - beta1), keep2 = _mm512_set1_ps(beta2);
  const __m512 one_less2 = _mm512_set1_ps(1.0f - beta2), scale = _mm512_set1_ps(gradient_scale);
#pragma omp parallel for schedule(static)
  for (int64_t piece = 0; piece < pieces; piece++) {
    const int64_t end = std::min(n, (piece + 1) * PIECE);
    __m512 sum = _mm512_setzero_ps();
    for (int64_t at = piece * PIECE; at < end; at += LANES) {
      const __mmask16 mask = lanes(end - at);
      const __m512 g = _mm512_mul_ps(load(gradient + at, mask), scale);
      __m512 m = load(first + at, mask), v = load(second + at, mask);
      m = _mm512_fmadd_ps(_mm512_sub_ps(g, m), one_less1, m);
      v = _mm512_fmadd_ps(v, keep2, _mm512_mul_ps(one_less2, _mm512_mul_ps(g, g)));
      const __m512 below = _mm512_fmadd_ps(_mm512_sqrt_ps(v), _mm512_set1_ps(root), _mm512_set1_ps(epsilon));
      __m512 value = _mm512_mul_ps(load(values + at, mask), _mm512_set1_ps(before));
      value = _mm512_sub_ps(value, _mm512_div_ps(_mm512_mul_ps(m, _mm512_set1_ps(size)), below));
      value = _mm512_mul_ps(value, _mm512_set1_ps(after));
      store(first + at, mask, m);
      store(second + at, mask, v);
      store(values + at, mask, value);
      store(compute + at, mask, value);
      sum = _mm512_mask3_fmadd_ps(value, value, sum, mask);
    }
    sums[static_cast<size_t>(piece)] = _mm512_reduce_add_ps(sum);
  }
  *squares = in_order(sums);
}
