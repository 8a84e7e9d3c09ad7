#pragma once

#include <span>
#include <string>

#include "attune/base/files.h"

namespace attune {

/// Where the pictures lie that a file of labels names: the first of the usual folders that has one
/// of the first names. Usual are its own; that above where its own is called annotations, labels
/// or data; images/ in them; and folders called as the file is ("train2017" for
/// "instances_train2017.json"), or as the part that its name says. The file's own, or the one
/// above, where none has.
fs::path picture_root(const fs::path& file, std::span<const std::string> names);

}  // namespace attune
