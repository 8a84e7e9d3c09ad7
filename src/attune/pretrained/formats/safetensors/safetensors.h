#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

// The safetensors format (huggingface/safetensors, README.md "Format"): u64 header length, JSON
// header, packed data.

/// Maps the file and checks all of its header before it returns; no tensor is read or copied.
/// Throws `io` where the file cannot be read, `data` (naming file and tensor) where it is not well
/// formed. The file must not be shortened by someone else while the result lives.
CheckpointFile read_safetensors(const fs::path& path);

/// The same of bytes in memory, which must outlive the result. `source` is for messages.
CheckpointFile parse_safetensors(std::span<const std::byte> bytes, const std::string& source);

/// Writes the file atomically: it appears under its name when it is complete, and nothing is left
/// behind where that fails (`io`). Bytes are laid out as the original library does it: aligned, so
/// larger element types first, then by name. Throws `user` on a name that stands twice or is no
/// UTF-8 and on bytes that do not match the shape. Hugging Face's loaders expect "format": "pt".
void write_safetensors(const fs::path& path, std::span<const TensorView> tensors,
                       const CheckpointFile::Metadata& metadata = {{"format", "pt"}});

}  // namespace attune
