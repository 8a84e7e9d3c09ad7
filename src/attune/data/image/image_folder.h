#pragma once

#include <string>
#include <vector>

#include "attune/data/image/image_dataset.h"

namespace attune {

/// Reads ROOT/CLASS/**/picture, folders and files in torchvision's order (by bytes). Where every
/// folder of the root is named as a split ("train", "val" ...; see `parse_split`), each of those is
/// such a root and the classes are those of "train". Files are listed as
/// `find_pictures` finds them, none is opened but to see whether it is DICOM without an ending;
/// what is no picture is left out, told and listed in `skipped_files`. `label_names`: the classes
/// by id; empty: taken from the folders, sorted (whole numbers by value). `label_numbers`: see
/// LabelOptions::numbers. Throws `data` where there is no class folder, a class
/// folder without a picture, only one class (unless names are given), a class that is not among the
/// names; `user` where ROOT is no folder.
ImageDataset read_image_folder(const fs::path& root,
                               const std::vector<std::string>& label_names = {},
                               bool label_numbers = false);

}  // namespace attune
