#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "attune/data/check/class_findings.h"
#include "attune/data/check/counted.h"
#include "attune/data/check/finding.h"
#include "attune/data/labels/class_ids.h"
#include "attune/data/statistics_of.h"

namespace attune {

// What can be found in data of any modality: `Dataset` is a TextDataset, an ImageDataset or one
// like them.

/// The label of an example in words.
template <typename Dataset>
std::string label_text(const Dataset& data, std::int64_t index) {
  const auto& example = data.examples[static_cast<std::size_t>(index)];
  switch (data.label_kind) {
    case LabelKind::single_label:
      return data.label_names[static_cast<std::size_t>(example.label)];
    case LabelKind::regression:
      return fmt::format("{:g}", example.target);
    case LabelKind::multi_label: {
      std::string text;
      for (const std::int64_t id : example.label_set) {
        text += (text.empty() ? "" : ", ") + data.label_names[static_cast<std::size_t>(id)];
      }
      return text.empty() ? "none" : text;
    }
    case LabelKind::none:
      break;
  }
  return "";
}

/// The parts of data by their names, the training part first.
template <typename Dataset>
using NamedParts = std::vector<std::pair<std::string, const Dataset*>>;

/// Findings on pairs: within a part, between parts, and with labels that differ. `alike` says how
/// they are alike ("the same text"), `kind` begins the findings' names ("duplicates"), `label` is
/// what an example is labelled with.
template <typename Dataset>
void add_pairs(const std::vector<ExamplePair>& like, const NamedParts<Dataset>& parts,
               std::string_view kind, std::string_view alike, DataCheck& check,
               std::string_view label = "label") {
  std::map<std::pair<std::int32_t, std::int32_t>, Finding> by_parts;
  Finding conflicts{.severity = Severity::warning,
                    .kind = fmt::format("{}_with_other_{}s", kind, label),
                    .advice = fmt::format("at least one {} of each pair is wrong, or both hold: "
                                          "look at them",
                                          label)};
  for (const auto& [first, again] : like) {
    by_parts[{first.part, again.part}].examples.push_back({{first, again}, ""});
    if (!same_label(*parts[static_cast<std::size_t>(first.part)].second, first.index,
                    *parts[static_cast<std::size_t>(again.part)].second, again.index)) {
      conflicts.examples.push_back({{first, again}, ""});
    }
  }
  for (auto& [where, finding] : by_parts) {
    const std::string& first = parts[static_cast<std::size_t>(where.first)].first;
    const std::string& again = parts[static_cast<std::size_t>(where.second)].first;
    const bool is_within = where.first == where.second;
    finding.severity = is_within ? Severity::note : Severity::warning;
    finding.kind = fmt::format("{}_{}", kind, is_within ? "within_a_part" : "between_parts");
    const std::int64_t count = std::ssize(finding.examples);
    finding.text =
        is_within
            ? fmt::format("{} again: {}",
                          counted(count, check.unit, " of " + first, "comes", "come"), alike)
            : fmt::format("{} in {} too: {}",
                          counted(count, check.unit, " of " + again, "is", "are"), first, alike);
    if (!is_within) {
      finding.advice = "results on them say what was learnt by heart: take them out of one part";
    }
    check.add(std::move(finding));
  }
  if (conflicts.examples.empty()) return;
  const std::int64_t count = std::ssize(conflicts.examples);
  conflicts.text = fmt::format("{} alike ({}) and {} different {}s",
                               counted(count, "pairs", " of " + check.unit, "is", "are"), alike,
                               count == 1 ? "has" : "have", label);
  check.add(std::move(conflicts));
}

/// Groups with examples in two parts: a problem where a run refuses them, else a warning.
/// `group_word`: what a group is.
template <typename Dataset>
void find_split_groups(const NamedParts<Dataset>& parts, Severity severity, DataCheck& check,
                       std::string_view group_word = "group") {
  std::unordered_map<std::string_view, ExampleId> first;
  Finding finding{.severity = severity,
                  .kind = fmt::format("{}s_in_two_parts", group_word),
                  .advice = fmt::format("move each {} to one part", group_word)};
  std::unordered_set<std::string_view> told;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const Dataset& set = *parts[part].second;
    for (std::size_t i = 0; i < set.examples.size(); ++i) {
      const std::string_view group = set.examples[i].group;
      const ExampleId id{static_cast<std::int32_t>(part), static_cast<std::int64_t>(i)};
      if (group.empty()) continue;
      const auto [entry, is_new] = first.emplace(group, id);
      if (is_new || entry->second.part == id.part || !told.insert(group).second) continue;
      finding.examples.push_back({{entry->second, id}, std::string(group)});
    }
  }
  if (finding.examples.empty()) return;
  finding.text = fmt::format(
      "{} {} in two parts",
      counted(std::ssize(finding.examples), fmt::format("{}s", group_word), "", "has", "have"),
      check.unit);
  check.add(std::move(finding));
}

/// Everything above but pairs, and what cannot be used. `policy`: of the run with such rows; none:
/// they have been told. `shared_groups`: what groups in two parts are to a run.
template <typename Dataset>
void find_common(const NamedParts<Dataset>& parts, std::optional<OnBadRow> policy,
                 Severity shared_groups, DataCheck& check) {
  std::vector<BadRow> bad_rows;
  std::vector<PartCounts> counts;
  for (const auto& [name, part] : parts) {
    bad_rows.insert(bad_rows.end(), part->bad_rows.begin(), part->bad_rows.end());
    counts.emplace_back(name, class_counts_of(*part));
  }
  if (policy) add_bad_rows(bad_rows, *policy, check);
  find_split_groups(parts, shared_groups, check);
  const Dataset& train = *parts.front().second;
  find_class_findings(train.label_kind, train.label_names, counts, check);
}

}  // namespace attune
