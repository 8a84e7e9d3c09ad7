#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "attune/kernels/attention.h"
#include "attune/nn/layers/dropout.h"
#include "attune/nn/layers/linear.h"

namespace attune::nn {

/// Rows of a packed batch: sequence n has [offsets[n], offsets[n + 1]) of `x` [T, hidden].
struct PackedRows {
  const at::Tensor& x;
  at::IntArrayRef offsets;
};

/// Multi-head attention (Vaswani et al. 2017, section 3.2.2). Not a module of its own: checkpoints
/// spread its parts over a block in many ways, so it registers them in the block that owns it.
class Attention {
 public:
  /// Paths of the linear maps below the owner: "attention.self.query".
  struct Names {
    std::string query, key, value, output;
  };
  struct Options {
    std::int64_t hidden = 0;
    std::int64_t heads = 0;  ///< of hidden / heads each
    double dropout = 0.0;    ///< of the probabilities
  };

  /// Registers query, key, value, a Dropout "`prefix`dropout" and the output map, in this order.
  /// Throws `internal` unless `heads` divides `hidden`.
  Attention(Module& owner, const Names& names, const Options& options, const std::string& prefix);

  /// What the heads gathered for each query, [Tq, hidden], before the output map.
  /// `keys` is `queries` in self-attention, an encoder's output in cross-attention.
  at::Tensor context(const PackedRows& queries, const PackedRows& keys,
                     const AttentionMask& mask) const;

  const Linear& output() const { return *output_; }

 private:
  std::int64_t heads_;
  double scale_;
  std::shared_ptr<Linear> query_, key_, value_;
  std::shared_ptr<Dropout> dropout_;
  std::shared_ptr<Linear> output_;
};

}  // namespace attune::nn
