#include "attune/feed/text/token_store.h"

#include <algorithm>

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "attune/base/error.h"

namespace attune {

void TokenStore::add(std::span<const std::int32_t> ids, std::span<const std::int32_t> type_ids) {
  check(!ids.empty() && (type_ids.empty() || type_ids.size() == ids.size()), ErrorKind::internal,
        "a sequence of {} tokens with {} segment ids", ids.size(), type_ids.size());
  const bool has_types =
      std::any_of(type_ids.begin(), type_ids.end(), [](auto t) { return t != 0; });
  // Single texts, the usual case, have no segments: nothing is stored until the first pair comes.
  if (has_types) type_ids_.resize(ids_.size(), 0);
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  if (has_types) type_ids_.insert(type_ids_.end(), type_ids.begin(), type_ids.end());
  // Once there are segments, a text without any is all of segment 0.
  if (!has_types && !type_ids_.empty()) type_ids_.resize(ids_.size(), 0);
  offsets_.push_back(static_cast<std::int64_t>(ids_.size()));
}

std::int64_t TokenStore::length(std::int64_t example) const {
  const auto i = static_cast<std::size_t>(example);
  return offsets_[i + 1] - offsets_[i];
}

std::vector<std::int64_t> TokenStore::lengths() const {
  std::vector<std::int64_t> result(static_cast<std::size_t>(size()));
  for (std::int64_t i = 0; i < size(); ++i) result[static_cast<std::size_t>(i)] = length(i);
  return result;
}

PackedTokens TokenStore::pack(std::span<const std::int64_t> examples) const {
  PackedTokens batch;
  // Where each text ends first: then every tensor is allocated once, at its size.
  for (const std::int64_t example : examples) {
    batch.segments.offsets.push_back(batch.segments.rows() + length(example));
  }
  const std::int64_t rows = batch.segments.rows();
  batch.input_ids = at::empty({rows}, at::kLong);
  batch.token_type_ids = at::zeros({rows}, at::kLong);
  batch.position_ids = at::empty({rows}, at::kLong);
  auto* ids = batch.input_ids.mutable_data_ptr<std::int64_t>();
  auto* types = batch.token_type_ids.mutable_data_ptr<std::int64_t>();
  auto* positions = batch.position_ids.mutable_data_ptr<std::int64_t>();
  for (const std::int64_t example : examples) {
    const auto begin = static_cast<std::size_t>(offsets_[static_cast<std::size_t>(example)]);
    const auto count = static_cast<std::size_t>(length(example));
    std::copy_n(ids_.begin() + static_cast<std::ptrdiff_t>(begin), count, ids);
    if (!type_ids_.empty()) {
      std::copy_n(type_ids_.begin() + static_cast<std::ptrdiff_t>(begin), count, types);
    }
    // Texts lie end to end, but each is read as if it were alone: its positions begin at 0.
    for (std::size_t p = 0; p < count; ++p) positions[p] = static_cast<std::int64_t>(p);
    ids += count;
    types += count;
    positions += count;
  }
  return batch;
}

}  // namespace attune
