#include "attune/kernels/attention.h"

#include <vector>

#include "attune/base/error.h"

namespace attune {

namespace {

void check_shapes(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                  at::IntArrayRef query_offsets, at::IntArrayRef key_offsets, std::int64_t heads) {
  check(query.dim() == 2 && key.dim() == 2 && key.sizes() == value.sizes() &&
            query.size(1) == key.size(1) && heads > 0 && query.size(1) % heads == 0,
        ErrorKind::internal, "attention: shapes {}, {}, {} do not fit {} heads",
        fmt::join(query.sizes(), "x"), fmt::join(key.sizes(), "x"), fmt::join(value.sizes(), "x"),
        heads);
  check(!query_offsets.empty() && query_offsets.size() == key_offsets.size() &&
            query_offsets.front() == 0 && key_offsets.front() == 0 &&
            query_offsets.back() == query.size(0) && key_offsets.back() == key.size(0),
        ErrorKind::internal, "attention: offsets do not cover {} queries and {} keys",
        query.size(0), key.size(0));
}

}  // namespace

at::Tensor packed_attention_reference(const at::Tensor& query, const at::Tensor& key,
                                      const at::Tensor& value, at::IntArrayRef query_offsets,
                                      at::IntArrayRef key_offsets, std::int64_t heads, double scale,
                                      const KeyedDropout& spec) {
  check_shapes(query, key, value, query_offsets, key_offsets, heads);
  const std::int64_t d = query.size(1) / heads;
  const auto rows = [&](const at::Tensor& x, at::IntArrayRef offsets, std::size_t n) {
    return x.slice(0, offsets[n], offsets[n + 1]).unflatten(1, {heads, d}).transpose(0, 1);
  };
  std::vector<at::Tensor> outputs;
  for (std::size_t n = 0; n + 1 < query_offsets.size(); ++n) {
    const at::Tensor q = rows(query, query_offsets, n);  // [heads, Lq, d]
    const at::Tensor k = rows(key, key_offsets, n);
    at::Tensor p = at::softmax(at::matmul(q, k.transpose(1, 2)) * scale, -1);  // [heads, Lq, Lk]
    if (spec.active()) {
      std::vector<at::Tensor> masks;
      for (std::int64_t h = 0; h < heads; ++h) {
        const auto stream = n * static_cast<std::uint64_t>(heads) + static_cast<std::uint64_t>(h);
        masks.push_back(dropout_mask(p.size(1) * p.size(2), spec, stream));
      }
      p = p * at::stack(masks).view(p.sizes()).to(p.options());
    }
    outputs.push_back(at::matmul(p, rows(value, key_offsets, n)).transpose(0, 1).flatten(1));
  }
  return at::cat(outputs);
}

at::Tensor packed_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                            at::IntArrayRef query_offsets, at::IntArrayRef key_offsets,
                            std::int64_t heads, double scale, const KeyedDropout& spec) {
  return packed_attention_reference(query, key, value, query_offsets, key_offsets, heads, scale,
                                    spec);
}

}  // namespace attune
