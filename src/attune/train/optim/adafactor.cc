#include "attune/train/optim/adafactor.h"

#include <algorithm>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include "attune/train/optim/chunks.h"

namespace attune {
namespace {

constexpr double kEpsilon = 1e-30;    // eps[0] of transformers' Adafactor
constexpr double kClipThreshold = 1;  // of the update's root mean square
constexpr double kDecayRate = -0.8;   // beta2 at update t is 1 - t^kDecayRate
// Sizes of the pieces in which sums are taken. They are fixed, and partial sums are added in their
// order, so that any number of threads gives the same bits.
constexpr std::int64_t kRowsPerChunk = 64;
constexpr std::int64_t kFactorChunk = 1 << 14;

double sum(const std::vector<double>& parts) {
  double total = 0;
  for (const double part : parts) total += part;
  return total;
}

/// Update clipping (section 6): an update whose root mean square is above 1 is shrunk to it. Done
/// in the rate, that costs no pass.
double clipped(double learning_rate, double sum_of_squares, std::int64_t count) {
  const double rms = std::sqrt(sum_of_squares / static_cast<double>(count));
  return learning_rate / std::max(1.0, rms / kClipThreshold);
}

struct Step {
  float* p;
  const float* g;
  std::int64_t count;
  float grad_scale;
  double beta2, learning_rate, decay_factor;
};

/// A vector (or scalar): a second moment for each element.
void update_vector(const Step& s, float* square) {
  const std::int64_t chunks = (s.count + kFactorChunk - 1) / kFactorChunk;
  std::vector<double> sums(static_cast<std::size_t>(chunks));
  // Computed twice, once for its size and once to apply it: storing it would take a buffer as large
  // as the parameter, which is what Adafactor is there to avoid.
  const auto update_of = [&](std::int64_t i) {
    return static_cast<double>(s.g[i] * s.grad_scale) / std::sqrt(static_cast<double>(square[i]));
  };
  for_each_chunk(chunks, [&](std::int64_t c) {
    double total = 0;
    for (std::int64_t i = c * kFactorChunk; i < std::min(s.count, (c + 1) * kFactorChunk); ++i) {
      const double g = s.g[i] * s.grad_scale;
      square[i] = static_cast<float>(square[i] * s.beta2 + (1 - s.beta2) * (g * g + kEpsilon));
      total += update_of(i) * update_of(i);
    }
    sums[static_cast<std::size_t>(c)] = total;
  });
  const double rate = clipped(s.learning_rate, sum(sums), s.count);
  for_each_chunk(chunks, [&](std::int64_t c) {
    for (std::int64_t i = c * kFactorChunk; i < std::min(s.count, (c + 1) * kFactorChunk); ++i) {
      s.p[i] = static_cast<float>(s.p[i] * s.decay_factor - rate * update_of(i));
    }
  });
}

/// A stack of `matrices` matrices [rows, columns], each with a row and a column mean.
struct Factored {
  Step s;
  std::int64_t matrices, rows, columns;
  float* row_mean;                   // [matrices, rows]
  float* column_mean;                // [matrices, columns]
  std::vector<float> row_factor;     // [matrices, rows]
  std::vector<float> column_factor;  // [matrices, columns]

  std::int64_t all_rows() const { return matrices * rows; }
  std::int64_t chunks_per_matrix() const { return (rows + kRowsPerChunk - 1) / kRowsPerChunk; }

  template <typename Work>  // work(chunk, first row, last row), never across two matrices
  void for_each_row_chunk(const Work& work) const {
    const std::int64_t per_matrix = chunks_per_matrix();
    for_each_chunk(matrices * per_matrix, [&](std::int64_t c) {
      const std::int64_t base = c / per_matrix * rows;
      const std::int64_t begin = c % per_matrix * kRowsPerChunk;
      work(c, base + begin, base + std::min(rows, begin + kRowsPerChunk));
    });
  }
  void update_means();
  void make_factors();
  double update_sum_of_squares() const;
  void apply(double rate) const;
};

/// Row and column means of the squared gradient in one pass (section 3 with means for sums). Two
/// threads may meet in a column, so every chunk of rows has column sums of its own.
void Factored::update_means() {
  const auto width = static_cast<std::size_t>(columns);
  std::vector<double> partial(static_cast<std::size_t>(matrices * chunks_per_matrix()) * width);
  for_each_row_chunk([&](std::int64_t c, std::int64_t begin, std::int64_t end) {
    double* column_sum = partial.data() + static_cast<std::size_t>(c) * width;
    for (std::int64_t r = begin; r < end; ++r) {
      const float* g = s.g + r * columns;
      double row_sum = 0;
      for (std::int64_t j = 0; j < columns; ++j) {
        const double scaled = g[j] * s.grad_scale;
        const double square = scaled * scaled + kEpsilon;
        row_sum += square;
        column_sum[j] += square;
      }
      row_mean[r] = static_cast<float>(row_mean[r] * s.beta2 +
                                       (1 - s.beta2) * (row_sum / static_cast<double>(columns)));
    }
  });
  for (std::int64_t m = 0; m < matrices; ++m) {
    for (std::int64_t j = 0; j < columns; ++j) {
      double total = 0;
      for (std::int64_t c = 0; c < chunks_per_matrix(); ++c) {
        total += partial[static_cast<std::size_t>((m * chunks_per_matrix() + c) * columns + j)];
      }
      float& mean = column_mean[m * columns + j];
      mean =
          static_cast<float>(mean * s.beta2 + (1 - s.beta2) * (total / static_cast<double>(rows)));
    }
  }
}

/// transformers' `_approx_sq_grad`: the second moment of an element is row mean * column mean /
/// mean of the row means; its inverse root is a product of one factor per row and one per column.
void Factored::make_factors() {
  row_factor.resize(static_cast<std::size_t>(all_rows()));
  column_factor.resize(static_cast<std::size_t>(matrices * columns));
  for (std::int64_t m = 0; m < matrices; ++m) {
    double total = 0;
    for (std::int64_t r = 0; r < rows; ++r) total += row_mean[m * rows + r];
    const double mean = total / static_cast<double>(rows);
    for (std::int64_t r = m * rows; r < (m + 1) * rows; ++r) {
      row_factor[static_cast<std::size_t>(r)] =
          static_cast<float>(1 / std::sqrt(row_mean[r] / mean));
    }
  }
  for (std::int64_t j = 0; j < matrices * columns; ++j) {
    column_factor[static_cast<std::size_t>(j)] =
        static_cast<float>(1 / std::sqrt(static_cast<double>(column_mean[j])));
  }
}

double Factored::update_sum_of_squares() const {
  std::vector<double> sums(static_cast<std::size_t>(matrices * chunks_per_matrix()));
  for_each_row_chunk([&](std::int64_t c, std::int64_t begin, std::int64_t end) {
    double total = 0;
    for (std::int64_t r = begin; r < end; ++r) {
      const float* g = s.g + r * columns;
      const float* factor = column_factor.data() + r / rows * columns;
      const float scale = row_factor[static_cast<std::size_t>(r)] * s.grad_scale;
      for (std::int64_t j = 0; j < columns; ++j) {
        const double update = g[j] * factor[j] * scale;
        total += update * update;
      }
    }
    sums[static_cast<std::size_t>(c)] = total;
  });
  return sum(sums);
}

void Factored::apply(double rate) const {
  const auto keep = static_cast<float>(s.decay_factor);
  for_each_row_chunk([&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      float* p = s.p + r * columns;
      const float* g = s.g + r * columns;
      const float* factor = column_factor.data() + r / rows * columns;
      const auto scale =
          static_cast<float>(rate * row_factor[static_cast<std::size_t>(r)] * s.grad_scale);
      for (std::int64_t j = 0; j < columns; ++j) p[j] = p[j] * keep - g[j] * factor[j] * scale;
    }
  });
}

}  // namespace

Adafactor::Adafactor(std::vector<ParameterGroup> groups)
    : Optimizer(std::move(groups), {"exp_avg_sq_row", "exp_avg_sq_col"}) {}

std::vector<at::Tensor> Adafactor::make_buffers(const at::Tensor& parameter) const {
  const auto options = parameter.options().requires_grad(false);
  // Only the last two dimensions are factored; those before them are a stack of matrices.
  const std::vector<std::int64_t> sizes = parameter.sizes().vec();
  // The second buffer of a vector is empty, so that every parameter has the same two names.
  if (sizes.size() < 2) return {at::zeros(sizes, options), at::zeros({0}, options)};
  std::vector<std::int64_t> rows(sizes.begin(), sizes.end() - 1);
  std::vector<std::int64_t> columns(sizes.begin(), sizes.end() - 2);
  columns.push_back(sizes.back());
  return {at::zeros(rows, options), at::zeros(columns, options)};
}

void Adafactor::update(std::span<Update> updates, double grad_scale) {
  for (Update& update : updates) {
    const at::Tensor& parameter = update.slot->parameter;
    if (parameter.numel() == 0) continue;
    const Step step{.p = parameter.data_ptr<float>(),
                    .g = update.gradient.const_data_ptr<float>(),
                    .count = parameter.numel(),
                    .grad_scale = static_cast<float>(grad_scale),
                    // Section 7: the decay rises with the parameter's own updates and begins at 0,
                    // so there is no correction of bias.
                    .beta2 = 1 - std::pow(static_cast<double>(update.slot->step), kDecayRate),
                    .learning_rate = update.learning_rate,
                    .decay_factor = 1 - update.learning_rate * update.weight_decay};
    float* first = update.slot->buffers[0].data_ptr<float>();
    if (parameter.dim() < 2) {
      update_vector(step, first);
      continue;
    }
    Factored factored{.s = step,
                      .matrices = parameter.numel() / (parameter.size(-1) * parameter.size(-2)),
                      .rows = parameter.size(-2),
                      .columns = parameter.size(-1),
                      .row_mean = first,
                      .column_mean = update.slot->buffers[1].data_ptr<float>()};
    factored.update_means();
    factored.make_factors();
    factored.apply(clipped(step.learning_rate, factored.update_sum_of_squares(), step.count));
  }
}

/// The same formulas in the order of transformers' Adafactor.step, held to the loops by a test.
void Adafactor::update_by_tensors(const Update& update, double grad_scale) {
  at::Tensor parameter = update.slot->parameter;
  if (parameter.numel() == 0) return;
  const double beta2 = 1 - std::pow(static_cast<double>(update.slot->step), kDecayRate);
  const at::Tensor gradient = update.gradient * grad_scale;
  const at::Tensor square = gradient.square().add_(kEpsilon);
  at::Tensor &first = update.slot->buffers[0], &columns = update.slot->buffers[1];
  at::Tensor step;
  if (parameter.dim() < 2) {
    first.mul_(beta2).add_(square, 1 - beta2);
    step = gradient * first.rsqrt();
  } else {
    first.mul_(beta2).add_(square.mean({-1}), 1 - beta2);
    columns.mul_(beta2).add_(square.mean({-2}), 1 - beta2);
    const at::Tensor row_factor = (first / first.mean({-1}, /*keepdim=*/true)).rsqrt_();
    step = gradient * row_factor.unsqueeze(-1) * columns.rsqrt().unsqueeze(-2);
  }
  const at::Tensor root_mean_square = step.square().mean().sqrt();
  step.mul_(update.learning_rate / (root_mean_square / kClipThreshold).clamp_min(1));
  parameter.mul_(1 - update.learning_rate * update.weight_decay).sub_(step);
}

}  // namespace attune
