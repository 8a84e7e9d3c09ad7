// What is true of every checkpoint reader, whatever the bytes are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "attune/base/error.h"
#include "attune/pretrained/formats/checkpoint_file.h"

/// Traps unless each tensor has the bytes that its shape says, all of them readable.
inline void touch_tensors(const attune::CheckpointFile& file) {
  unsigned sum = 0;
  for (const attune::TensorView& tensor : file.tensors()) {
    const auto wanted = attune::tensor_bytes(tensor.dtype, tensor.shape);
    if (wanted != tensor.bytes.size() || file.find(tensor.name) != &tensor) __builtin_trap();
    for (const std::byte value : tensor.bytes) sum += static_cast<unsigned>(value);
  }
  [[maybe_unused]] static volatile unsigned sink;
  sink = sum;
}

using ParseCheckpoint = attune::CheckpointFile (*)(std::span<const std::byte> bytes,
                                                   const std::string& source);

/// An `Error`, or tensors as above.
inline int fuzz_checkpoint(ParseCheckpoint parse, const std::uint8_t* data, std::size_t size) {
  try {
    touch_tensors(parse(std::as_bytes(std::span(data, size)), "fuzz"));
  } catch (const attune::Error&) {
  }
  return 0;
}
