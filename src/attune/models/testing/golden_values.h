#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "attune/base/json.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

// What tests of models share with the scripts that make their goldens
// (tests/parity/images/golden.py): values that are not stored but computed on both sides.

/// golden.py, values: uniform in [0, 1), a function of the name and the index.
inline at::Tensor values(const std::string& name, at::IntArrayRef shape) {
  std::uint64_t key = 0xCBF29CE484222325;
  for (const char c : name) key = (key ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  at::Tensor result = at::empty(shape, at::kDouble);
  double* out = result.mutable_data_ptr<double>();
  for (std::int64_t i = 0; i < result.numel(); ++i) {
    std::uint64_t x = static_cast<std::uint64_t>(i + 1) * 0x9E3779B97F4A7C15;
    x = (x ^ key) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    x ^= x >> 31;
    out[i] = static_cast<double>(x >> 11) * 0x1.0p-53;
  }
  return result;
}

/// golden.py, fill.
inline at::Tensor weight_values(const std::string& name, at::IntArrayRef shape) {
  if (name.ends_with("num_batches_tracked")) return at::zeros(shape, at::kLong);
  const at::Tensor u = values(name, shape);
  const auto per_output = static_cast<double>(u.numel()) / (shape.empty() ? 1.0 : shape[0]);
  if (u.dim() == 4) return ((2 * u - 1) * std::sqrt(4.5 / per_output)).to(at::kFloat);
  if (u.dim() == 2) return ((2 * u - 1) * std::min(0.5, 4 / std::sqrt(per_output))).to(at::kFloat);
  if (name.ends_with("running_var")) return (0.5 + u).to(at::kFloat);
  if (name.ends_with("weight")) return (0.6 + 0.8 * u).to(at::kFloat);
  return (0.6 * u - 0.3).to(at::kFloat);
}

/// golden.py, digest.
inline std::vector<double> digest(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kDouble).contiguous().flatten();
  const at::Tensor i = at::arange(flat.numel(), at::kDouble);
  std::vector<double> result = {
      flat.sum().item<double>(), flat.abs().sum().item<double>(), flat.abs().max().item<double>(),
      (flat * i.cos()).sum().item<double>(), (flat * (0.7 * i).sin()).sum().item<double>()};
  for (std::int64_t k = 0; k < 16; ++k) {
    result.push_back(flat[k * flat.numel() / 16].item<double>());
  }
  return result;
}

/// The largest deviation: of the sums relative to that of magnitudes, of the others relative to the
/// greatest one. `floor` is the least such magnitude, for gradients that are zero but for rounding.
inline double digest_deviation(const at::Tensor& got, const Json& want, double floor = 0) {
  const std::vector<double> mine = digest(got), peers = want.get<std::vector<double>>();
  const double sum = std::max(peers[1], floor * static_cast<double>(got.numel()));
  const double greatest = std::max(peers[2], floor);
  double worst = 0;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const bool is_sum = i < 5 && i != 2;
    const double scale = is_sum ? sum : greatest;
    worst = std::max(worst, std::abs(mine[i] - peers[i]) / (scale > 0 ? scale : 1));
  }
  return worst;
}

/// A checkpoint of such values; `tensors`: the shapes by name.
inline CheckpointFile golden_checkpoint(const Json& tensors, double kernel_scale = 1) {
  std::vector<TensorView> views;
  auto storage = std::make_shared<std::vector<at::Tensor>>();
  for (const auto& [name, shape] : tensors.items()) {
    at::Tensor values = weight_values(name, shape.get<std::vector<std::int64_t>>());
    if (values.dim() == 4) values = (values.to(at::kDouble) * kernel_scale).to(at::kFloat);
    const at::Tensor& tensor = storage->emplace_back(values);
    views.push_back(
        {.name = name,
         .dtype = tensor.scalar_type() == at::kLong ? DType::i64 : DType::f32,
         .shape = tensor.sizes().vec(),
         .bytes = {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()}});
  }
  return {"golden", std::move(views), {}, std::move(storage)};
}

}  // namespace attune
