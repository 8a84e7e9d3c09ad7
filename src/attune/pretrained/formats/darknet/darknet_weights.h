#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "attune/base/files.h"
#include "attune/pretrained/formats/checkpoint_file.h"
#include "attune/pretrained/formats/darknet/darknet_network.h"

namespace attune {

// darknet's weights: a header (three int32, and the number of pictures seen), then single precision
// numbers in the order of the layers, without names or sizes: only the .cfg says what they are.

/// A tensor of a layer, in the file's order: of a normalised convolution
/// "layers.3.bn.bias", "layers.3.bn.weight", "layers.3.bn.running_mean",
/// "layers.3.bn.running_var", else "layers.3.conv.bias"; then "layers.3.conv.weight".
struct DarknetTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::size_t layer = 0;
};
std::vector<DarknetTensor> darknet_tensors(const DarknetNetwork& network);

/// The tensors of a .weights file of bytes in memory, which must outlive the result; those of the
/// network that `cfg` describes. The metadata hold `cfg` as "darknet_cfg" and the header's number
/// of pictures as "darknet_seen". Throws `data`, naming layer and line, where the file is too short
/// or too long for the network, or holds a variance below 0: then the two do not belong together.
CheckpointFile parse_darknet_weights(std::span<const std::byte> bytes, const std::string& source,
                                     const DarknetCfg& cfg);

/// A .weights file or its .cfg; the other one lies beside it under the same name ("x_best.weights",
/// "x_final.weights" and "x_10000.weights" belong to "x.cfg"), or is the only one there. Names of
/// classes in a .names file found in the same way go to the metadata as "label_names". Throws
/// `user` where the other one is not there or could be one of several.
CheckpointFile read_darknet(const fs::path& path);

/// Writes tensors under the names above, atomically, as version 0.2.5. Throws `internal` where one
/// is missing or not float32 of the network's shape.
void write_darknet_weights(const fs::path& path, const DarknetNetwork& network,
                           std::span<const TensorView> tensors, std::uint64_t seen = 0);

}  // namespace attune
