#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/data/bad_rows.h"
#include "attune/data/labels/labels.h"
#include "attune/data/split/given_split.h"
#include "attune/media/image/image.h"

namespace attune {

/// Pictures of one size that a file of many holds (MedMNIST, MNIST, CIFAR): uint8 [N, H, W, C],
/// C = 1 or 3. Copies share the memory.
struct ImageBlock {
  std::string name;  ///< "pneumoniamnist.npz: train_images"
  std::int64_t count = 0, height = 0, width = 0, channels = 0;
  std::span<const std::uint8_t> samples;
  std::shared_ptr<const void> storage;  ///< owns what `samples` points into

  /// A copy of picture `index`. Requires 0 <= index < count.
  Image image(std::int64_t index) const;
};

/// One picture and its label; which of the label fields is set is the dataset's `label_kind`.
struct ImageExample {
  std::string path;         ///< the file that holds the picture, or "": it lies in a block
  std::int32_t block = -1;  ///< index into `ImageDataset::blocks`
  std::int64_t index = 0;   ///< of the picture in its block
  std::int64_t label = -1;  ///< single_label: class id
  std::vector<std::int64_t> label_set;      ///< multi_label: class ids, ascending; may be empty
  std::vector<std::int64_t> label_unknown;  ///< multi_label: ids of which nothing is known
  double target = 0;                        ///< regression
  std::string group;                        ///< patient, site ...; "": a group of its own
  std::vector<std::string> subgroups;       ///< its value in each of `subgroup_columns`
  GivenSplit split = GivenSplit::none;
  std::int32_t file = -1;  ///< table that names it, index into `ImageDataset::files`; -1: none
  std::int64_t line = 0;   ///< in that table, from 1
};

/// Labelled pictures: where they are, not what they show. Files are decoded by whoever needs them.
struct ImageDataset {
  static constexpr const char* kUnit = "pictures";

  LabelKind label_kind = LabelKind::single_label;
  std::vector<std::string> label_names;  ///< by class id; empty for `none` and `regression`
  std::vector<ImageExample> examples;
  std::vector<ImageBlock> blocks;
  std::vector<std::string> files;          ///< manifests
  std::vector<BadRow> bad_rows;            ///< rows left out by `OnBadRow::skip`
  std::vector<std::string> skipped_files;  ///< in a folder of classes, but no picture by their name
  std::string group_note;  ///< where groups are from that no table names, for messages
  std::vector<std::string> subgroup_columns;  ///< sex, site ...: what results are shown by

  std::int64_t size() const { return static_cast<std::int64_t>(examples.size()); }
  /// "scans.csv:17 (p1/a.png)", "photos/ants/1.jpg" or "x.npz: train_images[17]", for messages.
  std::string source_name(std::int64_t example) const;
  /// The class of every example. Requires `single_label`.
  std::vector<std::int64_t> class_ids() const;
  /// How many examples have each class. Requires `single_label` or `multi_label`.
  std::vector<std::int64_t> class_counts() const;
  /// One row of an example's multi-label target: 1, 0, or -1 where it is not known.
  std::vector<float> label_row(std::int64_t example) const;
  /// See groups.h.
  std::vector<std::int64_t> group_ids() const;
  bool has_groups() const;
  bool has_splits() const;
  /// The given examples, in the given order, without bad rows and skipped files.
  ImageDataset subset(std::span<const std::int64_t> chosen) const;
  /// The examples that the data gives to `split`, in order.
  ImageDataset part(GivenSplit split) const;
  /// Takes over what was left out when `whole`, of which this is a part, was read.
  void take_left_out(ImageDataset& whole);
  /// The example as one that cannot be used.
  BadRow bad_row(std::int64_t example, const std::string& reason) const {
    return {.file = source_name(example), .reason = reason};
  }
};

/// Throws `data` unless at least two classes have an example (single_label; others pass).
void check_trainable(const ImageDataset& dataset, const std::string& name);

}  // namespace attune
