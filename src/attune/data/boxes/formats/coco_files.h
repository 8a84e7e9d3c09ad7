#pragma once

#include <string>
#include <vector>

#include "attune/data/boxes/formats/label_options.h"
#include "attune/data/boxes/reading/found_boxes.h"

namespace attune {

/// What the first keys of a JSON file say that it is.
enum class JsonLabels { coco, labelme, other };
JsonLabels json_labels(const fs::path& path);

/// The files of labels in COCO's format that a folder holds: annotations/instances_*.json, or other
/// such files (of the first hundred) in it, in annotations/ or in folders that are named as parts.
std::vector<std::string> coco_files(const fs::path& folder);

/// Reads a file, or those of a folder, of which each is the part that its name or its folder says.
/// Pictures are looked for under the options' root, else in the file's folder, or beside it in
/// images/, in train2017/ or whatever the file is named after. A path of another machine is taken
/// by its last name. Throws `user` where a folder has several files of one part.
FoundBoxes read_coco(const fs::path& path, const LabelFileOptions& options);

}  // namespace attune
