#include "attune/data/split/splits.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "attune/data/split/group_split.h"
#include "attune/data/split/label_split.h"

namespace attune {
namespace {

/// Groups that the user has not named must not puzzle where they leave nothing to divide.
std::string note_of(const SplitBasis& basis) {
  return basis.group_note.empty() ? "" : " (" + basis.group_note + ")";
}

Split divided(const SplitBasis& basis, double fraction, std::uint64_t seed) {
  if (basis.label_kind == LabelKind::multi_label) {
    return multilabel_split(basis.label_sets, basis.groups, fraction, seed);
  }
  if (!basis.groups.empty()) return group_split(basis.groups, basis.classes, fraction, seed);
  return basis.label_kind == LabelKind::single_label
             ? stratified_split(basis.classes, fraction, seed)
             : random_split(basis.count, fraction, seed);
}

/// What whole groups come to may be far from what was asked for.
void tell_other_share(const SplitBasis& basis, const Split& split, double fraction,
                      const std::string& name) {
  constexpr double kLittle = 0.1;  // of what was asked for
  const auto held = static_cast<double>(split.validation.size());
  const double wanted = fraction * static_cast<double>(basis.count);
  if (basis.groups.empty() || std::abs(held - wanted) <= std::max(1.0, kLittle * wanted)) return;
  const std::set<std::int64_t> all(basis.groups.begin(), basis.groups.end());
  std::set<std::int64_t> held_groups;
  for (const std::int64_t i : split.validation) {
    held_groups.insert(basis.groups[static_cast<std::size_t>(i)]);
  }
  log_info(
      "--validation-split {} of {}: {:.1f} % is held out ({} of {}), since each {} is on one side "
      "alone: {} of {}",
      fraction, name, 100 * held / static_cast<double>(basis.count),
      with_thousands(std::ssize(split.validation)), with_thousands(basis.count), basis.group_word,
      with_thousands(std::ssize(held_groups)), with_thousands(std::ssize(all)));
}

}  // namespace

Split hold_out(const SplitBasis& basis, double fraction, std::uint64_t seed,
               const std::string& name) {
  try {
    Split split = divided(basis, fraction, seed);
    tell_other_share(basis, split, fraction, name);
    return split;
  } catch (const Error& error) {
    // The divisions know shares and examples; who reads the message knows the option and the file.
    fail(error.kind(), "--validation-split {} of {}: {}{}", fraction, name, error.what(),
         note_of(basis));
  }
}

std::vector<Split> fold_splits(const SplitBasis& basis, std::int64_t k, std::uint64_t seed,
                               const std::string& example) {
  check(basis.label_kind == LabelKind::single_label, ErrorKind::user,
        "--folds needs one class for each {}", example);
  try {
    return k_folds(basis.classes, basis.groups, k, seed);
  } catch (const Error& error) {
    fail(error.kind(), "{}{}", error.what(), note_of(basis));
  }
}

}  // namespace attune
