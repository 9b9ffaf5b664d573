// Products of generation on matrix tiles.
//
// bf16 is one product of bf16. fp32 is three: a number is the sum of two bf16, high + low, to 2^-17 of itself, and
// left . right = high . high + high . low + low . high with all sums in fp32. What is left out, low . low and the
// rest of the rounding, is less than 2^-15 of each term, and 2^-18 of the length of the operands where it was measured.
#include "panels.h"

namespace {

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

}  // namespace

extern "C" {

// result [count][columns] = rows [count][inner] . weight [columns][inner] packed; with `relu` nothing below 0.
void fsa_product(const void* rows, int64_t count, int64_t inner, const void* packed, int64_t columns, int relu,
                 void* result, int is_bf16) {
  const char* const from = static_cast<const char*>(packed);
  if (is_bf16 != 0)
    return product(static_cast<const bf16*>(rows), count, inner, from, columns, relu != 0, static_cast<bf16*>(result));
  product(static_cast<const float*>(rows), count, inner, from, columns, relu != 0, static_cast<float*>(result));
}
}
