#pragma once

#include <memory>
#include <string>

#include "attune/data/readers/row_reader.h"

namespace attune {

/// Reads ROOT/LABEL/*.txt: a row per file with the columns `text` (the whole file) and `label` (the
/// folder's name), in the order of their names. Hidden files and files of other kinds are left out.
/// A file that is too large (16 MiB), unreadable or not UTF-8 has a `problem`. Throws `data` where
/// there is no such folder or a folder without a .txt file.
std::unique_ptr<RowReader> open_text_folder(const fs::path& root,
                                            const std::string& encoding = "utf-8");

}  // namespace attune
