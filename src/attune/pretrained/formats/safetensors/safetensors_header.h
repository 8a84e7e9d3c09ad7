#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// One entry of a safetensors header; offsets count from the start of the data.
struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< in the header's order
  CheckpointFile::Metadata metadata;
};

/// Parses the JSON header. Checks syntax, keys, types and dtypes, not where the data lies.
/// Throws `data`, naming `source` and the tensor.
SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& source);

}  // namespace attune
