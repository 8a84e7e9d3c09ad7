#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/config/field.h"
#include "attune/data/bad_rows.h"
#include "attune/data/boxes/box_dataset.h"
#include "attune/data/boxes/formats/box_table.h"
#include "attune/data/boxes/reading/settle_boxes.h"

namespace attune {

/// How boxes are written down.
enum class BoxFormat { automatic, coco, voc, yolo, csv, labelme, open_images };

constexpr auto enum_names(BoxFormat) {
  return std::to_array<std::pair<BoxFormat, std::string_view>>(
      {{BoxFormat::automatic, "auto"},
       {BoxFormat::coco, "coco"},
       {BoxFormat::voc, "voc"},
       {BoxFormat::yolo, "yolo"},
       {BoxFormat::csv, "csv"},
       {BoxFormat::labelme, "labelme"},
       {BoxFormat::open_images, "openimages"}});
}

/// Where labelled pictures are.
struct BoxSource {
  std::string path;  ///< a folder or a file of labels
  BoxFormat format = BoxFormat::automatic;
  std::string root;        ///< of the pictures; "": where the format has them
  std::string class_file;  ///< of the classes' names; "": looked for beside the labels
};

struct ReadBoxesOptions {
  BoxTableOptions table;  ///< without `files`
  std::string image_suffix;
  std::vector<std::string> labels;
  std::optional<BoxUnit> unit;
  OtherSize other_size = OtherSize::error;
  OnBadRow on_bad_row = OnBadRow::error;
  std::int64_t threads = 0;
};

/// The format of what lies at `path`: by the ending and the first bytes of a file, by what a folder
/// holds. Throws `user` for nothing that is understood, with what was found, and for a folder of
/// several, with the formats to choose from.
BoxFormat detect_box_format(const fs::path& path);

/// Lists labelled pictures with their boxes; decodes none. Throws `user` where the source is none
/// that is understood, and as the formats' readers and `settle_boxes` do.
BoxDataset read_boxes(const BoxSource& source, const ReadBoxesOptions& options);

}  // namespace attune
