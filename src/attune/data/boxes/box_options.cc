#include "attune/data/boxes/box_options.h"

#include "attune/base/error.h"

namespace attune {

void BoxDataOptions::find_problems(config::Problems& problems) const {
  if (data.empty()) problems.add("--data is needed: labelled pictures to learn from");
  if (split.validation_split && !validation_data.empty()) {
    problems.add(
        "--validation-split holds out a part of the training data, and --validation-data gives "
        "another; leave one of them out");
  }
  decoding.find_problems(problems);
}

config::Trait source_trait(const BoxSource& source) {
  const BoxFormat format =
      source.format == BoxFormat::automatic ? detect_box_format(source.path) : source.format;
  switch (format) {
    case BoxFormat::coco:
      return kCocoLabels;
    case BoxFormat::voc:
      return kVocLabels;
    case BoxFormat::yolo:
      return kYoloLabels;
    case BoxFormat::labelme:
      return kLabelMeLabels;
    case BoxFormat::open_images:
      return kOpenImagesLabels;
    case BoxFormat::csv:
    case BoxFormat::automatic:
      break;
  }
  const config::Trait trait = source_trait(fs::path(source.path));
  return trait == kJsonTable ? kJsonTable : kDelimitedTable;
}

}  // namespace attune
