#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/data/boxes/formats/label_options.h"
#include "attune/data/boxes/reading/found_boxes.h"

namespace attune {

/// What follows a box in the lines of a file.
struct YoloLines {
  std::int64_t classes = 0;    ///< how many have names
  bool has_keypoints = false;  ///< of poses: they are passed over
};

/// A text file of labels: fractions of the picture.
struct YoloLabels {
  std::vector<LabelledBox> boxes;
  std::vector<std::int64_t> lines;                             ///< of each, from 1
  std::vector<std::pair<std::int64_t, std::string>> problems;  ///< with their lines
};

/// Reads lines of a class, the middle of a box and its width and height; or of a class and the
/// points of a polygon (of segmentation, of a turned box), of which the box round it is taken.
/// Blank lines are passed over.
YoloLabels parse_yolo(std::string_view text, const YoloLines& expected);

/// Reads what a data.yaml of ultralytics, a darknet .data file, or a folder describes. Parts are
/// `train`, `val` and `test`: folders, lists of pictures (.txt) or several of either. Labels of a
/// picture lie in labels/ in place of images/, or beside it; a picture without them shows nothing
/// to find. A folder's parts are its folders that are named so; names of classes are the options',
/// or those of classes.txt, obj.names or _darknet.labels in it. Throws `data` where no picture at
/// all has labels, `user` where classes have no names.
FoundBoxes read_yolo(const fs::path& path, const LabelFileOptions& options);

}  // namespace attune
