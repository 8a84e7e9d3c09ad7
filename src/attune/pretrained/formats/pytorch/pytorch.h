#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "attune/base/files.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

// PyTorch's checkpoints (`torch.save`): the zip form (PyTorch 1.6 on) and the legacy form before
// it. The pickle in them is read by a machine that can run no code. Which tensors of a checkpoint
// are its weights, and what the metadata say, is told at `find_state_dict`.

/// Maps the file; contiguous tensors are not copied. Throws `io` where it cannot be read, `data`
/// (naming file and tensor) where it is damaged, hostile or of a kind that is not supported:
/// TorchScript, big-endian, sparse, quantized or complex tensors, classes that are no modules.
/// `key` chooses among several sets of weights (see `find_state_dict`).
CheckpointFile read_pytorch(const fs::path& path, const std::string& key = "");

/// The same of bytes in memory, which must outlive the result. `source` is for messages.
CheckpointFile parse_pytorch(std::span<const std::byte> bytes, const std::string& source,
                             const std::string& key = "");

/// Writes an OrderedDict of the tensors in the zip form, which `torch.load(weights_only=True)`
/// reads; atomically. Tensors that lie at the same bytes share their storage there too. Throws
/// `user` on a name that stands twice or is no UTF-8 and on bytes that do not match the shape.
void write_pytorch(const fs::path& path, std::span<const TensorView> tensors);

}  // namespace attune
