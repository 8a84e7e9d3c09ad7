#pragma once

#include <functional>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/config/field.h"

namespace attune {

/// Adds the files of a folder that a task can use.
using AddFolder = std::function<void(const fs::path& folder, std::vector<std::string>& files)>;

/// The files that `--input` names, each a file, a folder, a pattern that no shell has expanded, a
/// .txt file with a path a line, or - for such lines on standard input. Names only: files are read
/// as they are needed. Throws `user` where a pattern or a name matches nothing.
std::vector<std::string> list_input_files(const config::Texts& inputs, const AddFolder& add_folder);

}  // namespace attune
