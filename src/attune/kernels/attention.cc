#include "attune/kernels/attention.h"

#include <algorithm>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <torch/csrc/autograd/custom_function.h>

#include "attune/base/error.h"
#include "attune/kernels/fused.h"

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
            query_offsets.back() == query.size(0) && key_offsets.back() == key.size(0) &&
            std::is_sorted(query_offsets.begin(), query_offsets.end()) &&
            std::adjacent_find(key_offsets.begin(), key_offsets.end(), std::greater_equal<>()) ==
                key_offsets.end(),
        ErrorKind::internal,
        "attention: offsets do not split {} queries and {} keys, at least one key each",
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

namespace {

using Offsets = std::vector<std::int64_t>;

// One call's shapes, so that forward and backward walk the same tiles.
struct Plan {
  Offsets query_offsets, key_offsets;
  std::int64_t heads;
  double scale;
  KeyedDropout dropout;

  std::int64_t scratch_floats(std::int64_t width) const {
    std::int64_t longest = 0;
    for (std::size_t n = 0; n + 1 < key_offsets.size(); ++n) {
      longest = std::max(longest, key_offsets[n + 1] - key_offsets[n]);
    }
    return loops().attention_scratch(longest, width);
  }
};

// Calls work(tile, first query row, first key row, first column) for each (head, sequence), on
// LibTorch's threads. Heads go first, so that each thread gets sequences of all lengths.
template <typename Work>
void for_each_tile(const Plan& plan, const at::Tensor& query, const at::Tensor& key,
                   const at::Tensor& value, at::Tensor& lse, const Work& work) {
  const auto sequences = static_cast<std::int64_t>(plan.key_offsets.size()) - 1;
  const std::int64_t width = query.size(1) / plan.heads;
  const MaskSpec mask = mask_spec(plan.dropout);
  const float *q = query.const_data_ptr<float>(), *k = key.const_data_ptr<float>(),
              *v = value.const_data_ptr<float>();
  float* const sums = lse.defined() ? lse.mutable_data_ptr<float>() : nullptr;
  const std::int64_t rows = query.size(0), q_stride = query.stride(0), k_stride = key.stride(0),
                     v_stride = value.stride(0);
  at::parallel_for(0, plan.heads * sequences, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::Tensor scratch = at::empty({plan.scratch_floats(width)}, at::kFloat);
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t h = item / sequences, n = item % sequences, column = h * width;
      const auto s = static_cast<std::size_t>(n);
      const std::int64_t q0 = plan.query_offsets[s], k0 = plan.key_offsets[s];
      const AttentionTile tile = {.q = q + q0 * q_stride + column,
                                  .k = k + k0 * k_stride + column,
                                  .v = v + k0 * v_stride + column,
                                  .q_stride = q_stride,
                                  .k_stride = k_stride,
                                  .v_stride = v_stride,
                                  .queries = plan.query_offsets[s + 1] - q0,
                                  .keys = plan.key_offsets[s + 1] - k0,
                                  .width = width,
                                  .scale = static_cast<float>(plan.scale),
                                  .stream = static_cast<std::uint64_t>(n * plan.heads + h),
                                  .mask = mask,
                                  .lse = sums != nullptr ? sums + h * rows + q0 : nullptr,
                                  .scratch = scratch.mutable_data_ptr<float>()};
      work(tile, q0, k0, column);
    }
  });
}

at::Tensor attend(const Plan& plan, const at::Tensor& query, const at::Tensor& key,
                  const at::Tensor& value, at::Tensor lse) {
  at::Tensor out = at::empty(query.sizes(), query.options());
  const std::int64_t stride = out.stride(0);
  float* const target = out.mutable_data_ptr<float>();
  for_each_tile(plan, query, key, value, lse,
                [&](const AttentionTile& tile, std::int64_t q0, std::int64_t, std::int64_t column) {
                  loops().attention(tile, {target + q0 * stride + column, stride});
                });
  return out;
}

// Keeps q, k, v and each row's log-sum-exp; probabilities and masks are computed again.
struct Attention : public torch::autograd::Function<Attention> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& query,
                            const at::Tensor& key, const at::Tensor& value,
                            const std::shared_ptr<Plan>& plan) {
    const at::Tensor lse = at::empty({plan->heads, query.size(0)}, query.options());
    const at::Tensor out = attend(*plan, query, key, value, lse);
    context->save_for_backward({query, key, value, lse});
    context->saved_data["plan"] = c10::IValue::make_capsule(c10::make_intrusive<PlanHolder>(plan));
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &query = saved[0], &key = saved[1], &value = saved[2];
    at::Tensor lse = saved[3];
    const auto holder = context->saved_data["plan"].toCapsule();
    const Plan& plan = *static_cast<PlanHolder&>(*holder).plan;
    const at::Tensor d_out = gradients[0].contiguous();
    at::Tensor dq = at::empty(query.sizes(), query.options());
    at::Tensor dk = at::empty(key.sizes(), key.options());
    at::Tensor dv = at::empty(value.sizes(), value.options());
    const std::int64_t stride = d_out.stride(0);  // of dq, dk and dv too
    const float* from = d_out.const_data_ptr<float>();
    float *to_q = dq.mutable_data_ptr<float>(), *to_k = dk.mutable_data_ptr<float>(),
          *to_v = dv.mutable_data_ptr<float>();
    for_each_tile(
        plan, query, key, value, lse,
        [&](const AttentionTile& tile, std::int64_t q0, std::int64_t k0, std::int64_t column) {
          const std::int64_t q_row = q0 * stride + column, k_row = k0 * stride + column;
          loops().attention_backward(tile, {.d_out = from + q_row,
                                            .d_out_stride = stride,
                                            .dq = to_q + q_row,
                                            .dk = to_k + k_row,
                                            .dv = to_v + k_row,
                                            .dq_stride = stride,
                                            .dk_stride = stride,
                                            .dv_stride = stride});
        });
    return {dq, dk, dv, {}};
  }

 private:
  struct PlanHolder : public torch::CustomClassHolder {
    explicit PlanHolder(std::shared_ptr<Plan> p) : plan(std::move(p)) {}
    std::shared_ptr<Plan> plan;
  };
};

}  // namespace

at::Tensor packed_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                            at::IntArrayRef query_offsets, at::IntArrayRef key_offsets,
                            std::int64_t heads, double scale, const KeyedDropout& spec) {
  check_shapes(query, key, value, query_offsets, key_offsets, heads);
  if (!can_fuse({query, key, value}) || query.numel() == 0) {
    return packed_attention_reference(query, key, value, query_offsets, key_offsets, heads, scale,
                                      spec);
  }
  const auto rows = [](const at::Tensor& x) { return x.stride(1) == 1 ? x : x.contiguous(); };
  auto plan =
      std::make_shared<Plan>(Plan{query_offsets.vec(), key_offsets.vec(), heads, scale, spec});
  if (any_requires_grad({query, key, value})) {
    return Attention::apply(rows(query), rows(key), rows(value), plan);
  }
  return attend(*plan, rows(query), rows(key), rows(value), {});
}

}  // namespace attune
