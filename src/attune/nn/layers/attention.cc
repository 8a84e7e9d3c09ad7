#include "attune/nn/layers/attention.h"

#include <cmath>

#include "attune/base/error.h"

namespace attune::nn {

Attention::Attention(Module& owner, const Names& names, const Options& o, const std::string& prefix)
    : heads_(o.heads) {
  check(heads_ > 0 && o.hidden % heads_ == 0, ErrorKind::internal,
        "attention: {} heads do not divide a width of {}", heads_, o.hidden);
  scale_ = 1.0 / std::sqrt(static_cast<double>(o.hidden / heads_));
  // The order of registration is that of parameters and of dropout's sites: a part registered
  // elsewhere would draw other masks from the same seed.
  const auto map = [&](const std::string& path) {
    return owner.register_at(path, std::make_shared<Linear>(o.hidden, o.hidden));
  };
  query_ = map(names.query);
  key_ = map(names.key);
  value_ = map(names.value);
  dropout_ = owner.register_module(prefix + "dropout", std::make_shared<Dropout>(o.dropout));
  output_ = map(names.output);
}

at::Tensor Attention::context(const PackedRows& queries, const PackedRows& keys,
                              const AttentionMask& mask) const {
  return packed_attention(query_->forward(queries.x), key_->forward(keys.x),
                          value_->forward(keys.x), queries.offsets, keys.offsets, heads_, scale_,
                          dropout_->spec(), mask);
}

}  // namespace attune::nn
