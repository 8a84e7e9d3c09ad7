#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "attune/data/bad_rows.h"

namespace attune {

// Looking once at each file that examples name, before a run begins. `Scanned` is what was seen of
// one, with a `problem` where it cannot be used.

/// Calls `look(i)` for each of `total`, on `threads` threads (0: all cores), and tells how far it
/// is.
void look_at_each(std::int64_t total, std::int64_t threads, const std::string& activity,
                  const std::string& unit, const std::function<void(std::size_t)>& look);

/// What an error says, without `file: ` in front: whoever lists problems names the file too.
std::string without_file(const std::string& message, const std::string& file);

template <typename Dataset>
using NamedData = std::span<const std::pair<std::string, Dataset*>>;

/// The examples of parts and what is known of each; those to be looked at.
template <typename Dataset, typename Scanned>
struct ScanList {
  struct Unseen {
    const Dataset* data;
    std::int64_t example;
    Scanned* result;
  };
  std::vector<Unseen> unseen;
  std::vector<std::vector<Scanned*>> seen;  ///< by part and example

  /// `key(data, example)`: equal for what need be looked at only once. Entries of `known` are used
  /// and added.
  template <typename Key>
  ScanList(NamedData<Dataset> parts, std::unordered_map<std::string, Scanned>& known,
           const Key& key)
      : seen(parts.size()) {
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const Dataset& data = *parts[p].second;
      for (std::int64_t n = 0; n < data.size(); ++n) {
        // References into an unordered_map stay valid when it grows: threads may fill entries
        // found before.
        const auto [entry, is_new] = known.try_emplace(key(data, n));
        if (is_new) unseen.push_back({&data, n, &entry->second});
        seen[p].push_back(&entry->second);
      }
    }
  }

  /// One error for all parts: mending the training part only to hear of the test part is twice the
  /// wait.
  void refuse_unusable(NamedData<Dataset> parts, OnBadRow on_bad_row) const {
    BadRowCollector problems(on_bad_row);
    std::int64_t total = 0;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      total += parts[p].second->size();
      for (std::size_t i = 0; i < seen[p].size(); ++i) {
        if (seen[p][i]->problem.empty()) continue;
        problems.add(parts[p].second->bad_row(static_cast<std::int64_t>(i), seen[p][i]->problem));
      }
    }
    problems.finish(Dataset::kUnit, total, "");
  }
};

/// Takes what cannot be used out of `data`, whose examples are `seen`, and adds it to its bad rows;
/// calls `keep(scanned)` for the others, in order.
template <typename Dataset, typename Scanned, typename Keep>
void keep_usable(Dataset& data, const std::vector<Scanned*>& seen, const Keep& keep) {
  std::vector<std::int64_t> good;
  std::vector<BadRow> bad;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto example = static_cast<std::int64_t>(i);
    if (!seen[i]->problem.empty()) {
      bad.push_back(data.bad_row(example, seen[i]->problem));
      continue;
    }
    good.push_back(example);
    keep(*seen[i]);
  }
  // The usual case, in which a copy of the data set would be for nothing.
  if (bad.empty()) return;
  // Rows that the table's reader left out before stay listed, in front.
  Dataset rest = data.subset(good);
  rest.take_left_out(data);
  rest.bad_rows.insert(rest.bad_rows.end(), bad.begin(), bad.end());
  data = std::move(rest);
}

}  // namespace attune
