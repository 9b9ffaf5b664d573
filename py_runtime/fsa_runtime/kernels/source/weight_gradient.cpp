// The gradient of a weight, summed in fp32 on matrix tiles and added where it belongs: what torch rounds to bf16,
// writes, reads and adds.
#include <omp.h>

#include "tiles.h"

namespace {

// So many rows are summed, and so many columns of the inputs laid out for it, at a time: a megabyte, half of a core's
// own cache.
constexpr int64_t ROWS = 1024, COLUMNS = 512;
// Laying out a panel of the left operand costs about as much as two of the right one.
constexpr int64_t TURNING = 2;

struct Operand {
  const bf16* at;
  int64_t stride;
};

struct Product {
  Operand outputs, inputs;
  float* gradient;
  int64_t rows, n, k;
  bool accumulate;
};

// What one thread computes: outputs [n_from, n_to) and inputs [k_from, k_to).
struct Share {
  int64_t n_from, n_to, k_from, k_to;
};

// Adds sums [32][32] to `to` [height][width], or writes them there; rows of `to` lie k apart.
void add_block(const float* sums, float* to, int64_t k, int64_t height, int64_t width, bool accumulate) {
  const __mmask16 first = lanes(width), second = lanes(width - LANES);
  for (int64_t row = 0; row < height; row++, to += k, sums += PANEL) {
    __m512 one = _mm512_load_ps(sums), two = _mm512_load_ps(sums + LANES);
    if (accumulate) {
      one = _mm512_add_ps(one, load(to, first));
      two = _mm512_add_ps(two, load(to + LANES, second));
    }
    store(to, first, one);
    store(to + LANES, second, two);
  }
}

// The share's outputs with the inputs [k_from, k_to) over the rows from `row` on, the left operand panel by panel.
void multiply(const Product& all, const Share& share, int64_t row) {
  const int64_t count = std::min(ROWS, all.rows - row), steps = panels_of(count);
  bf16* left = scratch<bf16>(0, steps * STEP);
  bf16* right = scratch<bf16>(1, panels_of(COLUMNS) * steps * STEP);
  alignas(64) float sums[PANEL * PANEL];
  const bf16* inputs = all.inputs.at + row * all.inputs.stride;
  for (int64_t k = share.k_from; k < share.k_to; k += PANEL)
    pack_right(inputs + k, all.inputs.stride, count, share.k_to - k, right + panels_of(k - share.k_from) * steps * STEP);
  for (int64_t n = share.n_from; n < share.n_to; n += PANEL) {
    const bf16* outputs = all.outputs.at + row * all.outputs.stride + n;
    pack_left_turned(outputs, all.outputs.stride, count, share.n_to - n, left);
    for (int64_t k = share.k_from; k < share.k_to; k += PANEL) {
      float* to = all.gradient + n * all.k + k;
      // Tiles leave the processor time to fetch what the next block adds to.
      const float* next = k + PANEL < share.k_to ? to + PANEL : all.gradient + (n + PANEL) * all.k + share.k_from;
      const bf16* columns = right + panels_of(k - share.k_from) * steps * STEP;
      tile_product(left, columns, steps, sums, [&](int64_t step) {
        if (step >= PANEL) return;
        _mm_prefetch(next + step * all.k, _MM_HINT_T1);
        _mm_prefetch(next + step * all.k + LANES, _MM_HINT_T1);
      });
      add_block(sums, to, all.k, std::min(PANEL, share.n_to - n), share.k_to - k, all.accumulate || row > 0);
    }
  }
}

void compute(const Product& all, const Share& share) {
  const Tiles tiles;
  for (int64_t k = share.k_from; k < share.k_to; k += COLUMNS) {
    const Share block{share.n_from, share.n_to, k, std::min(share.k_to, k + COLUMNS)};
    // At least once, so that no rows make a gradient of zeros.
    for (int64_t row = 0; row == 0 || row < all.rows; row += ROWS) multiply(all, block, row);
  }
}

// Where the part `index` of `parts` of `count` begins: a multiple of a panel, or the end.
int64_t begin_of(int64_t count, int64_t parts, int64_t index) {
  return std::min(count, panels_of(count) * index / parts * PANEL);
}

// Into how many parts of the outputs, of `threads` shares in all, so that the least is laid out.
int64_t parts_of_outputs(const Product& all, int64_t threads) {
  int64_t best = threads, least = std::numeric_limits<int64_t>::max();
  for (int64_t parts = 1; parts <= threads; parts++) {
    if (threads % parts != 0) continue;
    const int64_t n = panels_of(all.n) / parts + 1, k = panels_of(all.k) * parts / threads + 1;
    const int64_t laid_out = k + TURNING * n * ((k * PANEL + COLUMNS - 1) / COLUMNS);
    if (laid_out < least) {
      least = laid_out;
      best = parts;
    }
  }
  return best;
}

}  // namespace

// gradient [n][k] fp32 (+)= sum over rows of outputs[row][n] * inputs[row][k]; outputs and inputs are bf16, their rows
// `outputs_stride` and `inputs_stride` elements apart. Sums are made for the same rows in the same order whatever the
// thread count.
extern "C" void fsa_weight_gradient(const bf16* outputs, int64_t outputs_stride, const bf16* inputs,
                                    int64_t inputs_stride, float* gradient, int64_t rows, int64_t n, int64_t k,
                                    int accumulate) {
  const Product all{{outputs, outputs_stride}, {inputs, inputs_stride}, gradient, rows, n, k, accumulate != 0};
  const int64_t threads = omp_get_max_threads();
  const int64_t parts = parts_of_outputs(all, threads), others = threads / parts;
#pragma omp parallel for schedule(static, 1) num_threads(static_cast<int>(threads))
  for (int64_t share = 0; share < threads; share++) {
    const int64_t of_n = share / others, of_k = share % others;
    compute(all, Share{begin_of(n, parts, of_n), begin_of(n, parts, of_n + 1), begin_of(k, others, of_k),
                       begin_of(k, others, of_k + 1)});
  }
}
