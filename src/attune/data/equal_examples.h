#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "attune/base/process/stop.h"

namespace attune {

/// An example of a data set's part: `part` counts as `DataParts::parts` lists them.
struct ExampleId {
  std::int32_t part = 0;
  std::int64_t index = 0;
  bool operator==(const ExampleId&) const = default;
};

/// Two examples that are alike, the earlier one first.
using ExamplePair = std::pair<ExampleId, ExampleId>;

/// Pairs of examples with equal keys: each example with the first one of its key in its own part,
/// and with the first one in each part before. By the later example's part; there within the part
/// first. `keys`: of each part's examples, or none of a part that was not looked at; `Key{}` is no
/// key. Throws `Stopped` where a signal has asked to stop.
template <typename Key>
std::vector<ExamplePair> equal_pairs(const std::vector<std::vector<Key>>& keys) {
  constexpr std::size_t kBetweenStops = 65'536;
  std::vector<ExamplePair> result;
  std::vector<std::unordered_map<Key, std::int64_t>> first(keys.size());
  const auto add_pairs = [&](std::size_t earlier, std::size_t later) {
    for (std::size_t i = 0; i < keys[later].size(); ++i) {
      if (i % kBetweenStops == 0) check_stop();
      const auto index = static_cast<std::int64_t>(i);
      const auto found = first[earlier].find(keys[later][i]);
      if (found == first[earlier].end() || (earlier == later && found->second == index)) continue;
      result.push_back({{static_cast<std::int32_t>(earlier), found->second},
                        {static_cast<std::int32_t>(later), index}});
    }
  };
  for (std::size_t part = 0; part < keys.size(); ++part) {
    first[part].reserve(keys[part].size());
    for (std::size_t i = 0; i < keys[part].size(); ++i) {
      if (i % kBetweenStops == 0) check_stop();
      if (keys[part][i] != Key{}) first[part].emplace(keys[part][i], static_cast<std::int64_t>(i));
    }
    add_pairs(part, part);
    for (std::size_t earlier = 0; earlier < part; ++earlier) add_pairs(earlier, part);
  }
  return result;
}

}  // namespace attune
