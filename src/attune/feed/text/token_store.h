#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/nn/packed.h"

namespace attune {

/// Token sequences of a whole dataset, end to end in memory: 4 bytes a token, 5 with segments.
class TokenStore {
 public:
  /// `type_ids` may be empty: all zero. Requires equal sizes otherwise and at least one token.
  void add(std::span<const std::int32_t> ids, std::span<const std::int32_t> type_ids);

  std::int64_t size() const { return static_cast<std::int64_t>(offsets_.size()) - 1; }
  std::int64_t length(std::int64_t example) const;
  std::vector<std::int64_t> lengths() const;

  /// The examples in the given order as one packed batch.
  PackedTokens pack(std::span<const std::int64_t> examples) const;

 private:
  std::vector<std::int32_t> ids_;
  std::vector<std::uint8_t> type_ids_;  // empty while all are zero
  std::vector<std::int64_t> offsets_ = {0};
};

}  // namespace attune
