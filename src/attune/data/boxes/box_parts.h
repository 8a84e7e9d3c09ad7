#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "attune/data/boxes/box_dataset.h"
#include "attune/data/boxes/box_options.h"
#include "attune/data/image/image_scan.h"
#include "attune/data/split/splits.h"

namespace attune {

/// The pictures of a run by their part.
struct BoxParts : DataParts<BoxDataset> {
  /// What is known of the pictures' pixels already.
  std::shared_ptr<ScannedPictures> scanned = std::make_shared<ScannedPictures>();
};

/// What of the options says how labels are read.
ReadBoxesOptions read_boxes_options(const BoxColumns& columns, const EncodingOption& encoding,
                                    OnBadRow on_bad_row);

/// Lists what a run learns from, and divides it: as the data says, by `validation_data`, or by
/// `validation_split`: about as much of each class, groups and, with `check_images`, pictures of
/// the same pixels on one side. For that alone pictures are decoded. The classes of other parts are
/// those of the training part. Throws `user` where the options contradict what the data says,
/// `data` as `read_boxes`, and where a group is on both sides.
BoxParts load_box_parts(const BoxDataOptions& data, const BoxColumns& columns, std::uint64_t seed);

/// Decodes every picture of `parts` (name and data) that `known` does not have yet, looks at its
/// content, and takes those that cannot be used out of their data set, as `scan_images` does.
std::vector<ImageScan> scan_boxes(std::span<const std::pair<std::string, BoxDataset*>> parts,
                                  const PictureOptions& pictures, OnBadRow on_bad_row,
                                  std::int64_t threads, ScannedPictures& known);

}  // namespace attune
