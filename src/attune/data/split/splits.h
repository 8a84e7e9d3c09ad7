#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/config/field.h"
#include "attune/data/bad_rows.h"
#include "attune/data/labels/class_ids.h"
#include "attune/data/split/groups.h"
#include "attune/data/split/split.h"

namespace attune {

// How data sets of any modality are divided. `Dataset` is a TextDataset, an ImageDataset or one
// like them: examples with label, group and split, `subset`, `part`, `take_left_out`, `kUnit`.

/// What a division goes by.
struct SplitBasis {
  LabelKind label_kind = LabelKind::none;
  std::int64_t count = 0;                             ///< examples
  std::vector<std::int64_t> classes;                  ///< single_label: one an example
  std::vector<std::vector<std::int64_t>> label_sets;  ///< multi_label: those of each example
  std::vector<std::int64_t> groups;                   ///< one an example, or empty: no groups
  std::string group_note;            ///< where the groups are from, for messages; may be empty
  std::string group_word = "group";  ///< what one is called
};

template <typename Dataset>
SplitBasis split_basis(const Dataset& data) {
  SplitBasis basis{.label_kind = data.label_kind, .count = data.size()};
  if constexpr (requires { data.examples.front().label; }) {
    if (data.label_kind == LabelKind::single_label) basis.classes = class_ids_of(data);
    if (data.label_kind == LabelKind::multi_label) basis.label_sets = label_sets_of(data);
  }
  if (has_any_group(data)) basis.groups = group_ids_of(data);
  if constexpr (requires { data.group_note; }) basis.group_note = data.group_note;
  return basis;
}

/// Holds out about `fraction` of the examples: whole groups where there are groups, and about as
/// much of each class or label. Where that comes to another share than was asked for, it is told.
/// Throws as the divisions of this folder do, and says that
/// `--validation-split` of `name` asked for it.
Split hold_out(const SplitBasis& basis, double fraction, std::uint64_t seed,
               const std::string& name);

/// `k` divisions for a cross-validation, as `k_folds` makes them. Throws `user` for examples
/// without one class each. `example`: what one is called, "picture".
std::vector<Split> fold_splits(const SplitBasis& basis, std::int64_t k, std::uint64_t seed,
                               const std::string& example);

/// The parts of a data set that a run learns from and is measured on.
template <typename Dataset>
struct DataParts {
  Dataset train;
  std::optional<Dataset> validation, test;

  /// "train", "validation", "test": those that are there.
  std::vector<std::pair<std::string, Dataset*>> parts() { return named<Dataset>(*this); }
  std::vector<std::pair<std::string, const Dataset*>> parts() const {
    return named<const Dataset>(*this);
  }

  /// The rows that were left out of any part.
  std::vector<BadRow> bad_rows() const {
    std::vector<BadRow> all;
    for (const auto& [name, part] : parts()) {
      all.insert(all.end(), part->bad_rows.begin(), part->bad_rows.end());
    }
    return all;
  }

  /// Divides the training part: what `split` holds out becomes the validation part.
  void divide(const Split& split) {
    validation = train.subset(split.validation);
    Dataset rest = train.subset(split.train);
    rest.take_left_out(train);
    train = std::move(rest);
  }

 private:
  template <typename Part, typename Self>
  static std::vector<std::pair<std::string, Part*>> named(Self& self) {
    std::vector<std::pair<std::string, Part*>> parts = {{"train", &self.train}};
    if (self.validation) parts.emplace_back("validation", &*self.validation);
    if (self.test) parts.emplace_back("test", &*self.test);
    return parts;
  }
};

/// Divides a data set as its examples say, or gives all of it to training where they say nothing.
/// The training part keeps what was left out when the whole was read. Throws `data`, naming `name`,
/// where nothing is for training.
template <typename Dataset>
DataParts<Dataset> given_parts(Dataset all, const std::string& name) {
  DataParts<Dataset> result;
  if (!has_any_split(all)) {
    result.train = std::move(all);
  } else {
    result.train = all.part(GivenSplit::train);
    if (Dataset part = all.part(GivenSplit::validation); part.size() > 0) {
      result.validation = std::move(part);
    }
    if (Dataset part = all.part(GivenSplit::test); part.size() > 0) result.test = std::move(part);
    result.train.take_left_out(all);
  }
  check(result.train.size() > 0, ErrorKind::data, "{}: none of its {} is for training", name,
        Dataset::kUnit);
  return result;
}

/// Tells that a test set which is given takes the place of the data's own part.
template <typename Dataset>
void tell_replaced_test(const DataParts<Dataset>& parts, const std::string& name,
                        const std::string& given) {
  if (!parts.test) return;
  log_warning("{}: its own test part ({} {}) is left out, for {} is given", name,
              with_thousands(parts.test->size()), Dataset::kUnit, given);
}

/// What the data gives to `split`, or all of it where it says nothing of splits. Throws `data`,
/// naming `name`, where it gives nothing to it.
template <typename Dataset>
Dataset part_or_all(Dataset data, GivenSplit split, const std::string& name) {
  if (!has_any_split(data)) return data;
  Dataset part = data.part(split);
  check(part.size() > 0, ErrorKind::data, "{}: none of its {} is for {}", name, Dataset::kUnit,
        config::enum_name(split));
  part.take_left_out(data);
  return part;
}

/// `check_groups_apart` between parts that come from different places.
template <typename Dataset>
void check_parts_apart(const DataParts<Dataset>& parts, const std::string& name) {
  std::vector<Membership> members;
  add_members(parts.train, GivenSplit::train, members);
  if (parts.validation) add_members(*parts.validation, GivenSplit::validation, members);
  if (parts.test) add_members(*parts.test, GivenSplit::test, members);
  check_groups_apart(members, name, "Move each group to one part.");
}

}  // namespace attune
