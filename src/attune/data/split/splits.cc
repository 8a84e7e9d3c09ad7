#include "attune/data/split/splits.h"

#include "attune/data/split/group_split.h"
#include "attune/data/split/label_split.h"

namespace attune {
namespace {

/// Groups that the user has not named must not puzzle where they leave nothing to divide.
std::string note_of(const SplitBasis& basis) {
  return basis.group_note.empty() ? "" : " (" + basis.group_note + ")";
}

}  // namespace

Split hold_out(const SplitBasis& basis, double fraction, std::uint64_t seed,
               const std::string& name) {
  try {
    if (basis.label_kind == LabelKind::multi_label) {
      return multilabel_split(basis.label_sets, basis.groups, fraction, seed);
    }
    if (!basis.groups.empty()) return group_split(basis.groups, basis.classes, fraction, seed);
    return basis.label_kind == LabelKind::single_label
               ? stratified_split(basis.classes, fraction, seed)
               : random_split(basis.count, fraction, seed);
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
