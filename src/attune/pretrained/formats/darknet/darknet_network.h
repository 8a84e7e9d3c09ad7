#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/pretrained/formats/darknet/darknet_cfg.h"

namespace attune {

enum class DarknetKind { convolutional, shortcut, route, maxpool, upsample, dropout, yolo };

enum class DarknetActivation { linear, leaky, relu, mish, swish, logistic };

constexpr auto enum_names(DarknetActivation) {
  return std::to_array<std::pair<DarknetActivation, std::string_view>>(
      {{DarknetActivation::linear, "linear"},
       {DarknetActivation::leaky, "leaky"},
       {DarknetActivation::relu, "relu"},
       {DarknetActivation::mish, "mish"},
       {DarknetActivation::swish, "swish"},
       {DarknetActivation::logistic, "logistic"}});
}

/// One section behind [net], with what its options come to. What is not of its kind is 0.
struct DarknetLayer {
  DarknetKind kind = DarknetKind::convolutional;
  std::int64_t line = 0;  ///< of the .cfg
  /// The layers that it reads, by number; -1 is the picture. A shortcut adds to the first one what
  /// the others have of its channels.
  std::vector<std::int64_t> inputs;
  std::int64_t in_channels = 0;
  std::int64_t channels = 0, height = 0,
               width = 0;  ///< of what comes out, at the .cfg's input size

  std::int64_t size = 0, stride = 0;  ///< of a kernel; of an upsampling how often a pixel stands
  std::int64_t padding = 0;           ///< of a convolution on every side, of a maximum in all
  std::int64_t groups = 1;  ///< of a convolution; of a route: parts of the channels, one is taken
  std::int64_t group = 0;   ///< of a route: which part
  bool normalized = false;
  DarknetActivation activation = DarknetActivation::linear;
  double scale = 1;        ///< of an upsampling: what its values are multiplied by
  double probability = 0;  ///< of a dropout

  // Of a detection layer.
  std::int64_t classes = 0;
  std::vector<std::pair<double, double>> anchors;  ///< width and height in pixels of the input
  double scale_xy = 1;
  bool new_coords = false;  ///< of scaled YOLOv4: sides as squares, values behind a sigmoid
};

/// A network of the layers that are known here, checked: numbers of layers are earlier ones, sizes
/// fit.
struct DarknetNetwork {
  std::int64_t channels = 3, height = 0, width = 0;  ///< of the picture
  bool letterbox = false;                            ///< pictures keep their shape
  std::vector<DarknetLayer> layers;
};

/// Throws `data`, naming file, line and section, for kinds and options of layers that change what
/// is computed and are not known here, and for numbers that fit no network.
DarknetNetwork read_darknet_network(const DarknetCfg& cfg);

}  // namespace attune
