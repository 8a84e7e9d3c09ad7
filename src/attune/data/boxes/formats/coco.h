#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "attune/data/boxes/reading/found_boxes.h"
#include "attune/data/readers/byte_source.h"

namespace attune {

/// What a COCO file says, before its pictures are looked for.
struct CocoLabels {
  FoundBoxes found;  ///< pictures without paths, classes in the order of their ids
  std::vector<std::string> file_names;  ///< of the pictures
};

/// Reads annotations of instances in COCO's format (https://cocodataset.org/#format-data), whatever
/// the order of its keys; LVIS names pictures by `coco_url`. The file is streamed, an element at a
/// time, and one element may have 64 MiB. Boxes are `bbox`, where it is missing that of the mask
/// (`segmentation`: polygons, or run lengths, compressed or not); `iscrowd` and `area` are kept.
/// Classes are all categories by ascending id. An annotation that cannot be read, or of an image or
/// category that is not there, is a bad row under its id, and its picture is bad. Throws `data`,
/// with the line, for what is no JSON or no such file, for images and categories that cannot be
/// read, and for ids twice. Categories of one name are one class.
CocoLabels parse_coco(std::unique_ptr<ByteSource> source);

}  // namespace attune
