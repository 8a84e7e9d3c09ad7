#pragma once

#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/data/readers/row_reader.h"
#include "attune/data/readers/table_options.h"

namespace attune {

/// What readers of labels are told beside the path.
struct LabelFileOptions {
  fs::path root;                    ///< of the pictures; "": where the format has them
  std::string image_suffix;         ///< put behind names of pictures that lack it
  std::string class_file;           ///< of the classes' names; "": looked for beside the labels
  std::vector<std::string> labels;  ///< names of classes that labels give by number alone
};

/// Annotations of one picture are far smaller; whole data sets are streamed.
inline constexpr std::uint64_t kMaxLabelBytes = 64u << 20;

}  // namespace attune
