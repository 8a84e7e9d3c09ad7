#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/data/bad_rows.h"
#include "attune/data/boxes/box_dataset.h"
#include "attune/data/boxes/reading/found_boxes.h"

namespace attune {

/// What to do where labels state another size than their picture has.
enum class OtherSize { error, keep, scale };

constexpr auto enum_names(OtherSize) {
  return std::to_array<std::pair<OtherSize, std::string_view>>(
      {{OtherSize::error, "error"}, {OtherSize::keep, "keep"}, {OtherSize::scale, "scale"}});
}

struct SettleOptions {
  std::vector<std::string> labels;  ///< by class id; empty: the data's own
  std::optional<BoxUnit> unit;      ///< of coordinates; none: as the format has them
  OtherSize other_size = OtherSize::error;
  OnBadRow on_bad_row = OnBadRow::error;
  std::int64_t threads = 0;  ///< 0: all cores
};

/// Opens each picture's header, on threads, and turns what readers have found into boxes of
/// pictures as shown: in pixels, within the picture, not empty.
///  - Fractions count in the picture's size. One above 2 is told as what looks like pixels; pixels
///    none of which is above 1 as what look like fractions. Neither is guessed.
///  - Where the stated size is that of the picture as stored, and its EXIF orientation exchanges
///    rows and columns, boxes are turned with it (`is_turned`), which is told. Any other size is
///    an error, or as `other_size` says: pixels of the picture all the same, or scaled to it.
///  - A box that leaves the picture is clipped, one outside or without area dropped: `faults`.
/// Not to be used are pictures that cannot be read, numbers that are not finite, classes that are
/// not among `labels`; of a picture a box of which cannot be read nothing is used, while a box of
/// another class alone is left out. Throws `data` where nothing is left, and, naming the first
/// twenty, for what cannot be used where that is an error.
BoxDataset settle_boxes(FoundBoxes found, const std::string& name, const SettleOptions& options);

}  // namespace attune
