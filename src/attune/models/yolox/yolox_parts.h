#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "attune/nn/layers/conv_unit.h"
#include "attune/nn/module.h"

namespace attune {

// The blocks of YOLOX,
// https://github.com/Megvii-BaseDetection/YOLOX/blob/6ddff48/yolox/models/network_blocks.py Each
// registers its convolutions in `root` below `path`.

/// One convolution with normalisation and SiLU, or, depthwise, two: one kernel for each channel
/// (`dconv`), then 1 x 1 (`pconv`).
class YoloxConv {
 public:
  YoloxConv() = default;
  /// `kernel` of 1 is plain in any case.
  YoloxConv(nn::Module& root, const std::string& path, bool depthwise, std::int64_t in,
            std::int64_t out, std::int64_t kernel, std::int64_t stride = 1);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  std::vector<std::shared_ptr<nn::ConvUnit>> units_;
};

/// Half of the channels through `count` bottlenecks, half beside them (Wang et al. 2019, arXiv
/// 1911.11929).
class YoloxCsp {
 public:
  struct Shape {
    std::int64_t in, out, count;
    bool shortcut;  ///< bottlenecks add what went in
  };
  YoloxCsp() = default;
  YoloxCsp(nn::Module& root, const std::string& path, bool depthwise, const Shape& shape);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  struct Bottleneck {
    YoloxConv conv1, conv2;
  };
  bool shortcut_ = false;
  YoloxConv conv1_, conv2_, conv3_;
  std::vector<Bottleneck> m_;
};

/// Maxima over 5, 9 and 13 pixels side by side (He et al. 2014, arXiv 1406.4729).
class YoloxSpp {
 public:
  YoloxSpp() = default;
  YoloxSpp(nn::Module& root, const std::string& path, std::int64_t channels);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  YoloxConv conv1_, conv2_;
};

}  // namespace attune
