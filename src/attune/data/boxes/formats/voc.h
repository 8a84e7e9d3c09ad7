#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attune/data/boxes/formats/label_options.h"
#include "attune/data/boxes/reading/found_boxes.h"

namespace attune {

/// An object of an annotation.
struct VocObject {
  std::string name;
  LabelledBox box;        ///< without a class
  std::int64_t line = 0;  ///< of the object in the file
  std::string problem;    ///< why it cannot be used, or ""
};

/// What an annotation of Pascal VOC says of its picture.
struct VocAnnotation {
  std::string filename;
  std::optional<Size> size;  ///< none where it is not stated, or as 0
  std::vector<VocObject> objects;
};

/// Reads an annotation (http://host.robots.ox.ac.uk/pascal/VOC/, as LabelImg, CVAT, Roboflow and
/// others write it). Coordinates are kept as they stand, see docs/decisions.md; parts of objects do
/// not count; `truncated` is not asked for. Throws `data`, with the line, for what is no
/// well-formed XML or no annotation, and for a document type that declares entities, which nobody
/// expands.
VocAnnotation parse_voc(std::string_view bytes, const std::string& name);

/// Reads all annotations under `path`, or one. Pictures are those of the same name, or of the one
/// that `filename` says, under the options' root or `path`. The parts are those of
/// ImageSets/Main/{train,val,trainval,test}.txt beside a folder of annotations, where there are
/// any (trainval: those that are not in train or val too; what none of them names is left out);
/// else those of folders that are named so.
FoundBoxes read_voc(const fs::path& path, const LabelFileOptions& options);

}  // namespace attune
