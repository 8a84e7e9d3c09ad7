#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "attune/nn/layers/conv_unit.h"
#include "attune/nn/module.h"

namespace attune {

// The blocks of YOLOv8 and YOLO11 by the names of their published tensors. Each registers its
// convolutions in `root` below `path`.

using Yolov8Unit = std::shared_ptr<nn::ConvUnit>;

struct Yolov8UnitShape {
  std::int64_t in, out, kernel = 1, stride = 1, groups = 1;
  bool activated = true;
};
/// A convolution with normalisation and, where it is activated, SiLU.
Yolov8Unit add_yolov8_unit(nn::Module& root, const std::string& path, const Yolov8UnitShape& shape);

/// Two 3 x 3 convolutions over `inner` channels, what went in added where `shortcut`.
class Yolov8Bottleneck {
 public:
  Yolov8Bottleneck(nn::Module& root, const std::string& path, std::int64_t channels,
                   std::int64_t inner, bool shortcut);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  bool shortcut_;
  Yolov8Unit cv1_, cv2_;
};

/// Half of the channels through two bottlenecks, half beside them ("C3k").
class Yolov8Nested {
 public:
  Yolov8Nested(nn::Module& root, const std::string& path, std::int64_t channels, bool shortcut);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  Yolov8Unit cv1_, cv2_, cv3_;
  std::vector<Yolov8Bottleneck> m_;
};

/// Two parts, the second of which goes through `count` items; what each gives is kept and all are
/// joined ("C2f", "C3k2").
class Yolov8Block {
 public:
  struct Shape {
    std::int64_t in, out, hidden, count;
    bool shortcut = true;
    bool nested = false;     ///< the items
    std::int64_t inner = 0;  ///< of an item that is a bottleneck
  };
  Yolov8Block() = default;
  Yolov8Block(nn::Module& root, const std::string& path, const Shape& shape);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  Yolov8Unit cv1_, cv2_;
  std::vector<Yolov8Bottleneck> plain_;
  std::vector<Yolov8Nested> nested_;
};

/// Maxima over 5 pixels, once, twice and three times ("SPPF").
class Yolov8Pool {
 public:
  Yolov8Pool() = default;
  Yolov8Pool(nn::Module& root, const std::string& path, std::int64_t channels);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  Yolov8Unit cv1_, cv2_;
};

/// Half of the channels through `count` blocks of attention over all cells (Vaswani et al. 2017,
/// arXiv 1706.03762; queries and keys half as wide as values, which a depthwise convolution gives
/// their place) and a feed-forward network ("C2PSA").
class Yolov8Attention {
 public:
  Yolov8Attention() = default;
  Yolov8Attention(nn::Module& root, const std::string& path, std::int64_t channels,
                  std::int64_t count);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  struct Item {
    Yolov8Unit qkv, proj, pe, ffn0, ffn1;
  };
  at::Tensor attend(const Item& item, const at::Tensor& x) const;

  Yolov8Unit cv1_, cv2_;
  std::vector<Item> m_;
};

}  // namespace attune
