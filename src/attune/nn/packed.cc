#include "attune/nn/packed.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include "attune/base/error.h"

namespace attune {

std::int64_t Segments::max_length() const {
  std::int64_t longest = 0;
  for (std::int64_t n = 0; n < count(); ++n) longest = std::max(longest, length(n));
  return longest;
}

PackedTokens pack_padded(const at::Tensor& input_ids, const at::Tensor& attention_mask,
                         const at::Tensor& token_type_ids) {
  check(input_ids.dim() == 2 && attention_mask.sizes() == input_ids.sizes() &&
            (!token_type_ids.defined() || token_type_ids.sizes() == input_ids.sizes()),
        ErrorKind::user,
        "input_ids, attention_mask and token_type_ids must all be [batch, length], got {}, {}, {}",
        fmt::join(input_ids.sizes(), "x"), fmt::join(attention_mask.sizes(), "x"),
        token_type_ids.defined() ? fmt::format("{}", fmt::join(token_type_ids.sizes(), "x"))
                                 : "none");
  const at::Tensor keep = attention_mask.to(at::kBool);
  // Kept tokens are counted, so a batch padded on the left packs to the same.
  const at::Tensor position = keep.to(at::kLong).cumsum(1) - 1;
  // Offsets are made on the CPU: one transfer from a GPU for all rows.
  const at::Tensor lengths = keep.sum(1).to(at::kCPU, at::kLong).contiguous();

  PackedTokens packed;
  for (std::int64_t n = 0; n < lengths.size(0); ++n) {
    const std::int64_t length = lengths.const_data_ptr<std::int64_t>()[n];
    check(length > 0, ErrorKind::user,
          "row {} of attention_mask has no token; a sequence needs at least one", n);
    packed.segments.offsets.push_back(packed.segments.rows() + length);
  }
  // masked_select goes row by row, which lays the sequences end to end in their order.
  packed.input_ids = input_ids.to(at::kLong).masked_select(keep);
  packed.token_type_ids = token_type_ids.defined()
                              ? token_type_ids.to(at::kLong).masked_select(keep)
                              : at::zeros_like(packed.input_ids);
  packed.position_ids = position.masked_select(keep);
  return packed;
}

}  // namespace attune
