#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/config/field.h"
#include "attune/data/image/image_dataset.h"
#include "attune/data/source_traits.h"

namespace attune {

/// Whether pictures whose files say whom they show are grouped by that.
enum class GroupBy { identity, none };
constexpr auto enum_names(GroupBy) {
  return std::to_array<std::pair<GroupBy, std::string_view>>(
      {{GroupBy::identity, "identity"}, {GroupBy::none, "none"}});
}

/// How pictures are grouped that no table groups. Kept with the saved model.
struct GroupingOptions {
  GroupBy group_by = GroupBy::identity;
  std::string group_regex;

  template <typename V>
  void visit(V& v) {
    v("group_by", group_by,
      "Group pictures by the identity that their files carry (DICOM: PatientID, else "
      "StudyInstanceUID; NIfTI: sub-XX of BIDS names), and rows of a table that name the same "
      "file: no patient is on both sides of a split")
        .only_for({kClassFolder, kDelimitedTable, kJsonTable});
    v("group_regex", group_regex,
      "Group pictures by their path instead: what the first parentheses of this regular expression "
      "match, e.g. \"(person\\d+)_\"")
        .only_for({kClassFolder, kDelimitedTable, kJsonTable});
  }
};

/// A part of a run's data and where its paths begin.
struct GroupedPart {
  std::string name;  ///< "train"
  ImageDataset* data;
  std::string root;  ///< a path is searched from here on
};

/// Whether a regular expression that matches no path, or stands beside groups of a table, is an
/// error, or gives way: where it was kept with a model it is about other data.
enum class MustMatch { no, yes };

/// Sets `group` of the pictures of all parts by the options, and their `group_note`; those that say
/// nothing stay alone. Tells what it did in a line. PatientIDs that anonymisation leaves
/// ("anonymous", "0", the same one in every file) tell no patients apart: such files are grouped by
/// their study, or not at all, with a warning. Pictures that have groups already keep them.
/// Opens no file but those that may be DICOM, and of these the beginning. Throws `user` where
/// `group_regex` is no regular expression, matches no path, is given beside groups of a table or
/// `group_by` none.
void group_pictures(const std::vector<GroupedPart>& parts, const GroupingOptions& options,
                    MustMatch must_match = MustMatch::yes);

/// Warns, with examples, where pictures of one group are in several parts: what is learned of a
/// patient would be tested on the same patient.
void warn_of_shared_groups(const std::vector<GroupedPart>& parts);

}  // namespace attune
