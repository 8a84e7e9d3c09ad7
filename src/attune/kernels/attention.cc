#include "attune/kernels/attention.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
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

std::int64_t longest(at::IntArrayRef offsets) {
  std::int64_t most = 0;
  for (std::size_t n = 0; n + 1 < offsets.size(); ++n) {
    most = std::max(most, offsets[n + 1] - offsets[n]);
  }
  return most;
}

// The mask with its bias as [1 or sequences, heads, Q, K].
AttentionMask checked_mask(const AttentionMask& mask, at::IntArrayRef query_offsets,
                           at::IntArrayRef key_offsets, std::int64_t heads) {
  const auto sequences = static_cast<std::int64_t>(key_offsets.size()) - 1;
  for (std::size_t n = 0; mask.causal && n + 1 < key_offsets.size(); ++n) {
    const std::int64_t queries = query_offsets[n + 1] - query_offsets[n],
                       keys = key_offsets[n + 1] - key_offsets[n];
    check(queries <= keys, ErrorKind::internal,
          "attention: a causal mask leaves the first of {} queries none of {} keys", queries, keys);
  }
  if (!mask.bias.defined()) return mask;
  const at::Tensor bias = mask.bias.dim() == 3 ? mask.bias.unsqueeze(0) : mask.bias;
  check(bias.dim() == 4 && (bias.size(0) == 1 || bias.size(0) == sequences) &&
            (bias.size(1) == 1 || bias.size(1) == heads) &&
            bias.size(2) >= longest(query_offsets) && bias.size(3) >= longest(key_offsets),
        ErrorKind::internal,
        "attention: a bias of {} does not fit {} sequences of {} heads, up to {} queries and {} "
        "keys",
        fmt::join(mask.bias.sizes(), "x"), sequences, heads, longest(query_offsets),
        longest(key_offsets));
  return {mask.causal, bias.expand({-1, heads, -1, -1})};
}

// Scaled scores [heads, Lq, Lk] of sequence n -> with what the mask adds to them.
at::Tensor masked(const at::Tensor& scores, const AttentionMask& mask, std::size_t n) {
  const std::int64_t queries = scores.size(1), keys = scores.size(2);
  at::Tensor x = scores;
  if (mask.bias.defined()) {
    const auto table = mask.bias.size(0) == 1 ? 0 : static_cast<std::int64_t>(n);
    x = x + mask.bias.select(0, table).slice(1, 0, queries).slice(2, 0, keys).to(x.scalar_type());
  }
  if (!mask.causal) return x;
  const at::Tensor seen = at::ones({queries, keys}, x.options().dtype(at::kBool));
  // Aligned at the end: with fewer queries than keys these are a text's last ones.
  return x.masked_fill(seen.tril(keys - queries).logical_not(),
                       -std::numeric_limits<double>::infinity());
}

}  // namespace

at::Tensor packed_attention_reference(const at::Tensor& query, const at::Tensor& key,
                                      const at::Tensor& value, at::IntArrayRef query_offsets,
                                      at::IntArrayRef key_offsets, std::int64_t heads, double scale,
                                      const KeyedDropout& spec, const AttentionMask& given) {
  check_shapes(query, key, value, query_offsets, key_offsets, heads);
  const AttentionMask mask = checked_mask(given, query_offsets, key_offsets, heads);
  const std::int64_t d = query.size(1) / heads;
  const auto rows = [&](const at::Tensor& x, at::IntArrayRef offsets, std::size_t n) {
    return x.slice(0, offsets[n], offsets[n + 1]).unflatten(1, {heads, d}).transpose(0, 1);
  };
  std::vector<at::Tensor> outputs;
  for (std::size_t n = 0; n + 1 < query_offsets.size(); ++n) {
    const at::Tensor q = rows(query, query_offsets, n);  // [heads, Lq, d]
    const at::Tensor k = rows(key, key_offsets, n);
    const at::Tensor scores = at::matmul(q, k.transpose(1, 2)) * scale;  // [heads, Lq, Lk]
    at::Tensor p = at::softmax(masked(scores, mask, n), -1);
    // One stream of the mask per sequence and head, as the fused kernel draws it.
    if (spec.active()) {
      std::vector<at::Tensor> masks;
      for (std::int64_t h = 0; h < heads; ++h) {
        const auto stream = n * static_cast<std::uint64_t>(heads) + static_cast<std::uint64_t>(h);
        masks.push_back(dropout_mask(p.size(1) * p.size(2), spec, stream, p.device()));
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
  bool causal;

  std::int64_t sequences() const { return static_cast<std::int64_t>(key_offsets.size()) - 1; }
};

// What the kernel reads and, for the backward pass, the log-sum-exp [heads, Tq] that it wrote.
// `bias` is [1 or sequences, heads, Q, K] or undefined.
struct Inputs {
  at::Tensor query, key, value, bias, lse;
};

// Where a tile lies: its sequence and head, its first query and key row and its first column.
struct Place {
  std::int64_t sequence, head, query_row, key_row, column;
};

// Begin of the [Q, K] table of that place.
std::int64_t table_offset(const at::Tensor& bias, const Place& place) {
  return (bias.size(0) == 1 ? 0 : place.sequence * bias.stride(0)) + place.head * bias.stride(1);
}

// The tile at `place`, all but its scratch.
AttentionTile tile_at(const Plan& plan, const Inputs& in, const Place& place) {
  const auto s = static_cast<std::size_t>(place.sequence);
  const std::int64_t q_stride = in.query.stride(0), k_stride = in.key.stride(0),
                     v_stride = in.value.stride(0);
  AttentionTile tile = {
      .q = in.query.const_data_ptr<float>() + place.query_row * q_stride + place.column,
      .k = in.key.const_data_ptr<float>() + place.key_row * k_stride + place.column,
      .v = in.value.const_data_ptr<float>() + place.key_row * v_stride + place.column,
      .q_stride = q_stride,
      .k_stride = k_stride,
      .v_stride = v_stride,
      .queries = plan.query_offsets[s + 1] - place.query_row,
      .keys = plan.key_offsets[s + 1] - place.key_row,
      .width = in.query.size(1) / plan.heads,
      .scale = static_cast<float>(plan.scale),
      .stream = static_cast<std::uint64_t>(place.sequence * plan.heads + place.head),
      .mask = mask_spec(plan.dropout),
      .lse = nullptr,
      .scratch = nullptr,
      .causal = plan.causal};
  if (in.lse.defined()) {
    tile.lse = in.lse.mutable_data_ptr<float>() + place.head * in.query.size(0) + place.query_row;
  }
  if (in.bias.defined()) {
    tile.bias = in.bias.const_data_ptr<float>() + table_offset(in.bias, place);
    tile.bias_stride = in.bias.stride(2);
  }
  return tile;
}

// Calls work(tile, place) for each (head, sequence), on LibTorch's threads. Heads go first, so that
// each thread gets sequences of all lengths. With `whole_heads` one thread does all sequences of a
// head, in order.
template <typename Work>
void for_each_tile(const Plan& plan, const Inputs& in, bool whole_heads, const Work& work) {
  const std::int64_t sequences = plan.sequences(), width = in.query.size(1) / plan.heads,
                     together = whole_heads ? sequences : 1;
  const std::int64_t room = loops().attention_scratch(longest(plan.key_offsets), width);
  at::parallel_for(
      0, plan.heads * sequences / together, 1, [&](std::int64_t begin, std::int64_t end) {
        const at::Tensor scratch = at::empty({room}, at::kFloat);
        for (std::int64_t item = begin * together; item < end * together; ++item) {
          const std::int64_t h = item / sequences, n = item % sequences;
          const auto s = static_cast<std::size_t>(n);
          const Place place = {n, h, plan.query_offsets[s], plan.key_offsets[s], h * width};
          AttentionTile tile = tile_at(plan, in, place);
          tile.scratch = scratch.mutable_data_ptr<float>();
          work(tile, place);
        }
      });
}

at::Tensor attend(const Plan& plan, const Inputs& in) {
  at::Tensor out = at::empty(in.query.sizes(), in.query.options());
  const std::int64_t stride = out.stride(0);
  float* const target = out.mutable_data_ptr<float>();
  for_each_tile(plan, in, false, [&](const AttentionTile& tile, const Place& place) {
    loops().attention(tile, {target + place.query_row * stride + place.column, stride});
  });
  return out;
}

// Gradients of query, key, value and, where `of_bias`, of the bias. A table that sequences share is
// summed over them by one thread, so that every number of threads gives the same bits.
std::array<at::Tensor, 4> attend_backward(const Plan& plan, const Inputs& in,
                                          const at::Tensor& d_out, bool of_bias) {
  at::Tensor dq = at::empty(in.query.sizes(), in.query.options());
  at::Tensor dk = at::empty(in.key.sizes(), in.key.options());
  at::Tensor dv = at::empty(in.value.sizes(), in.value.options());
  at::Tensor d_bias = of_bias ? at::zeros(in.bias.sizes(), in.bias.options()) : at::Tensor();
  const std::int64_t stride = d_out.stride(0);  // of dq, dk and dv too
  const float* from = d_out.const_data_ptr<float>();
  float *to_q = dq.mutable_data_ptr<float>(), *to_k = dk.mutable_data_ptr<float>(),
        *to_v = dv.mutable_data_ptr<float>(),
        *to_bias = of_bias ? d_bias.mutable_data_ptr<float>() : nullptr;
  const bool is_shared = of_bias && in.bias.size(0) == 1;
  for_each_tile(plan, in, is_shared, [&](const AttentionTile& tile, const Place& place) {
    const std::int64_t q_at = place.query_row * stride + place.column,
                       k_at = place.key_row * stride + place.column;
    AttentionGradients gradients = {.d_out = from + q_at,
                                    .d_out_stride = stride,
                                    .dq = to_q + q_at,
                                    .dk = to_k + k_at,
                                    .dv = to_v + k_at,
                                    .dq_stride = stride,
                                    .dk_stride = stride,
                                    .dv_stride = stride};
    if (of_bias) {
      gradients.d_bias = to_bias + table_offset(d_bias, place);
      gradients.d_bias_stride = d_bias.stride(2);
    }
    loops().attention_backward(tile, gradients);
  });
  return {dq, dk, dv, d_bias};
}

// Keeps q, k, v, bias and each row's log-sum-exp; probabilities and masks are computed again.
struct Attention : public torch::autograd::Function<Attention> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& query,
                            const at::Tensor& key, const at::Tensor& value,
                            const std::optional<at::Tensor>& bias,
                            const std::shared_ptr<Plan>& plan) {
    Inputs in = {query, key, value, bias.value_or(at::Tensor()),
                 at::empty({plan->heads, query.size(0)}, query.options())};
    const at::Tensor out = attend(*plan, in);
    context->save_for_backward({in.query, in.key, in.value, in.bias, in.lse});
    context->saved_data["plan"] = c10::IValue::make_capsule(c10::make_intrusive<PlanHolder>(plan));
    context->saved_data["of_bias"] = in.bias.defined() && in.bias.requires_grad();
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Inputs in = {saved[0], saved[1], saved[2], saved[3], saved[4]};
    const auto holder = context->saved_data["plan"].toCapsule();
    const auto [dq, dk, dv, d_bias] =
        attend_backward(*static_cast<PlanHolder&>(*holder).plan, in, gradients[0].contiguous(),
                        context->saved_data["of_bias"].toBool());
    return {dq, dk, dv, d_bias, {}};
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
                            std::int64_t heads, double scale, const KeyedDropout& spec,
                            const AttentionMask& given) {
  check_shapes(query, key, value, query_offsets, key_offsets, heads);
  if (!can_fuse({query, key, value, given.bias}) || query.numel() == 0) {
    return packed_attention_reference(query, key, value, query_offsets, key_offsets, heads, scale,
                                      spec, given);
  }
  const AttentionMask mask = checked_mask(given, query_offsets, key_offsets, heads);
  const auto rows = [](const at::Tensor& x) {
    return !x.defined() || x.stride(-1) == 1 ? x : x.contiguous();
  };
  // Slices of one matrix (a joint query-key-value map) are read where they lie; only elements must
  // be adjacent.
  const Inputs in = {rows(query), rows(key), rows(value), rows(mask.bias), {}};
  auto plan = std::make_shared<Plan>(
      Plan{query_offsets.vec(), key_offsets.vec(), heads, scale, spec, mask.causal});
  if (any_requires_grad({query, key, value, mask.bias})) {
    return Attention::apply(in.query, in.key, in.value, optional_tensor(in.bias), plan);
  }
  return attend(*plan, in);
}

}  // namespace attune
