#pragma once

#include <cstdint>
#include <optional>

#include "attune/nn/module.h"

namespace attune::nn {

/// A table `weight` [rows, width]. The row `padding_index`, if given, gets no gradient.
class Embedding : public nn::Module {
 public:
  Embedding(std::int64_t rows, std::int64_t width, std::optional<std::int64_t> padding_index = {});

  /// int64 [T] -> [T, width].
  at::Tensor forward(const at::Tensor& ids) const;

  std::int64_t padding_index() const { return padding_index_; }  ///< -1: none

  at::Tensor weight;

 private:
  std::int64_t padding_index_;
};

}  // namespace attune::nn
