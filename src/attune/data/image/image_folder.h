#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/data/image/image_dataset.h"

namespace attune {

/// What names of pictures end in: torchvision's IMG_EXTENSIONS (which lack .gif), .dcm, .dicom,
/// .nii and .nii.gz.
std::span<const std::string_view> dataset_extensions();

/// Whether a file is a picture: its name ends, in any case, as a picture's does; or it has no
/// ending, or a number (of a UID) for one, and begins as a DICOM file does, which often come so.
/// DICOMDIR, which lists the files of a medium, is none.
bool is_dataset_picture(const fs::path& file);

/// Reads ROOT/CLASS/**/picture, classes and files in torchvision's order (by bytes). Where every
/// folder of the root is named as a split ("train", "val" ...; see `parse_split`), each of those is
/// such a root and the classes are those of "train". Files are listed, none is opened but to see
/// whether it is DICOM without an ending; what is no picture (see above) is left out and listed in
/// `skipped_files`. Hidden entries do not count.
/// `label_names`: the classes by id; empty: taken from the folders.
/// Throws `data` where there is no class folder, a class folder without a picture, only one class
/// (unless names are given), a class that is not among the names; `user` where ROOT is no folder.
ImageDataset read_image_folder(const fs::path& root,
                               const std::vector<std::string>& label_names = {});

}  // namespace attune
