#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/data/bad_rows.h"
#include "attune/data/labels/labels.h"
#include "attune/data/split/given_split.h"
#include "attune/media/boxes/box.h"

namespace attune {

/// What is wrong with a box of which labels and picture do not agree.
enum class BoxFault {
  clipped,  ///< it left the picture by more than a pixel: what lies inside is kept
  outside,  ///< nothing of it lies inside: dropped
  empty,    ///< it ends where it begins, or before: dropped
};

/// Such a box as the labels have it, in pixels of the picture as shown.
struct FaultyBox {
  BoxFault fault = BoxFault::clipped;
  Box box;
  std::int64_t class_id = 0;
  std::int64_t place = 0;  ///< see `BoxPlace`
};

/// A picture and the boxes that somebody drew in it; none: a picture of background.
struct BoxExample {
  std::string path;                  ///< the picture's file
  std::string id;                    ///< COCO's image id, Open Images' ImageID; "": none
  Size size;                         ///< as shown: with its EXIF orientation applied
  std::vector<LabelledBox> boxes;    ///< in pixels of that size, within it and not empty
  std::vector<std::int64_t> places;  ///< where each stands in the file of labels (`BoxPlace`)
  std::vector<FaultyBox> faults;
  int orientation = 1;     ///< of the file, as EXIF counts, 1..8
  bool is_turned = false;  ///< boxes were of the picture as stored, and were turned with it
  /// EXIF turns or mirrors the picture, and the labels do not tell whether they are of it as stored
  /// or as shown; boxes are taken for those of the latter.
  bool may_be_turned = false;
  std::string group;  ///< patient, site ...; "": a group of its own
  GivenSplit split = GivenSplit::none;
  std::int32_t file = -1;  ///< that labels it, index into `BoxDataset::files`; -1: there is none
  std::int64_t line = 0;   ///< that names it there, from 1; 0: the file as a whole
};

/// What a box's place counts in its file: lines, or elements of a JSON, whose lines tell nothing.
enum class BoxPlace { line, annotation, shape };

/// Labelled pictures: where they are, how large they are and the boxes in them, not what they show.
struct BoxDataset {
  static constexpr const char* kUnit = "pictures";

  LabelKind label_kind = LabelKind::multi_label;  ///< of a picture: the classes of its boxes
  std::vector<std::string> label_names;           ///< by class id
  std::vector<std::int64_t> category_ids;         ///< COCO's id of each class; empty: none
  std::vector<BoxExample> examples;
  std::vector<std::string> files;  ///< of labels
  BoxPlace place = BoxPlace::line;
  std::vector<BadRow> bad_rows;         ///< left out by `OnBadRow::skip`
  std::vector<std::string> unlabelled;  ///< pictures left out: nobody says what is in them
  std::vector<std::string> orphans;     ///< files of labels without a picture
  std::string group_note;               ///< where groups are from, for messages

  std::int64_t size() const { return static_cast<std::int64_t>(examples.size()); }
  std::int64_t box_count() const;
  /// "train.csv:17 (a.jpg)", "a.xml (images/a.jpg)" or "images/a.jpg", for messages.
  std::string source_name(std::int64_t example) const;
  /// "a.xml:24", "train.json, annotation 17 (a.jpg)": the place of a box of an example.
  std::string place_name(std::int64_t example, std::int64_t place) const;
  /// The classes that occur in a picture, ascending.
  std::vector<std::int64_t> classes_in(std::int64_t example) const;
  /// In how many pictures each class occurs, and how many boxes it has.
  std::vector<std::int64_t> picture_counts() const;
  std::vector<std::int64_t> box_counts() const;
  /// See groups.h.
  std::vector<std::int64_t> group_ids() const;
  bool has_groups() const;
  bool has_splits() const;
  /// The given examples, in the given order, without what was left out.
  BoxDataset subset(std::span<const std::int64_t> chosen) const;
  /// The examples that the data gives to `split`, in order.
  BoxDataset part(GivenSplit split) const;
  /// Takes over what was left out when `whole`, of which this is a part, was read.
  void take_left_out(BoxDataset& whole);
};

/// "shape 3": a place in words, "" for lines.
std::string place_text(BoxPlace kind, std::int64_t place);

/// Throws `data` unless there is a class and a box to learn from.
void check_trainable(const BoxDataset& dataset, const std::string& name);

}  // namespace attune
