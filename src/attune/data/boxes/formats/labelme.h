#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attune/data/boxes/formats/label_options.h"
#include "attune/data/boxes/reading/found_boxes.h"

namespace attune {

/// A shape that somebody drew.
struct LabelMeShape {
  std::string label;
  Box box;
  std::int64_t number = 0;  ///< in the file, from 1
  std::string problem;      ///< why it cannot be used, or ""
};

struct LabelMeAnnotation {
  std::string image_path;
  std::optional<Size> size;
  std::vector<LabelMeShape> shapes;
};

/// Reads a JSON file of LabelMe (https://github.com/wkentaro/labelme). The box is that round a
/// rectangle, polygon, circle (middle and a point of its rim) or mask; shapes of one label and
/// `group_id` are parts of one object. Lines and points have no box, which is a problem. The
/// picture within (`imageData`) is not looked at. Throws `data` for what is no such JSON.
LabelMeAnnotation parse_labelme(std::string_view bytes, const std::string& name);

/// Reads all such files under `path`, or one. Pictures are those of the same name, or of that
/// which `imagePath` ends in, under the options' root or `path`; parts are folders named so.
FoundBoxes read_labelme(const fs::path& path, const LabelFileOptions& options);

}  // namespace attune
