// Softmax and cross-entropy of one piece of logits, in one pass per row.
#include "vectors.h"

// In: logits [rows, columns] bf16, of which the first `vocabulary` count; labels [rows] int64.
// Out, with m = max(logits), s = sum(exp(logits - m)):
//   losses [rows] = log(s) + m - logits[label]
//   sums [rows] = s
//   logits <- exp(logits - m) - s * onehot(label), 0 from `vocabulary` on: s times the gradient of the loss.
extern "C" void fsa_loss(bf16* logits, int64_t columns, const int64_t* labels, int64_t rows, int64_t vocabulary,
                         float* losses, float* sums) {
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < rows; row++) {
    bf16* own = logits + row * columns;
    const __m512 lowest = _mm512_set1_ps(-std::numeric_limits<float>::infinity());
    __m512 largest = lowest;
    for (int64_t at = 0; at < vocabulary; at += LANES) {
      const __mmask16 mask = lanes(vocabulary - at);
      largest = _mm512_mask_max_ps(largest, mask, largest, load(own + at, mask));
    }
    const float top = _mm512_reduce_max_ps(largest);
    const float chosen = _mm512_cvtss_f32(load(own + labels[row], 1));
    __m512 sum = _mm512_setzero_ps();
    for (int64_t at = 0; at < columns; at += LANES) {
      const __mmask16 mask = lanes(vocabulary - at);
      const __m512 shifted = _mm512_sub_ps(load(own + at, mask), _mm512_set1_ps(top));
      const __m512 part = _mm512_maskz_mov_ps(mask, exponential(shifted));
      sum = _mm512_add_ps(sum, part);
      store(own + at, lanes(columns - at), part);
    }
    const float total = _mm512_reduce_add_ps(sum);
    losses[row] = std::log(total) + top - chosen;
    sums[row] = total;
    // In fp32: for a sure prediction the two nearly cancel.
    store(own + labels[row], 1, _mm512_set1_ps(std::exp(chosen - top) - total));
  }
}
