#pragma once

#include <array>
#include <memory>
#include <vector>

#include "attune/models/yolox/yolox_config.h"
#include "attune/models/yolox/yolox_parts.h"

namespace attune {

/// YOLOX (Ge et al. 2021, arXiv 2107.08430): CSPDarknet, a path aggregation network and a head
/// without anchors whose branches for classes and boxes are apart. Parameter names are those of the
/// published .pth files: https://github.com/Megvii-BaseDetection/YOLOX/tree/6ddff48/yolox/models
class Yolox : public Detector {
 public:
  explicit Yolox(YoloxConfig config);

  /// The stem, the backbone's four stages, the neck, the head.
  std::vector<DepthGroup> depth_groups() const override;
  Json config_json() const override { return config_.to_json(); }
  DetectorInfo info() const override { return config_.info(); }

  static constexpr std::size_t kLevels = 3;

 private:
  struct Stage {
    YoloxConv down;
    YoloxSpp spp;  ///< of the last one
    YoloxCsp csp;
  };
  struct Branches {
    YoloxConv stem;
    std::array<YoloxConv, 2> classes, boxes;
    std::shared_ptr<nn::Conv2d> class_prediction, box_prediction, object_prediction;
  };

  void build_backbone();
  void build_neck();
  void build_head();
  Activations run_group(std::int64_t group, const Activations& state) override;
  at::Tensor run_stem(const at::Tensor& pixels) const;
  at::Tensor run_stage(std::size_t stage, const at::Tensor& x) const;
  Activations run_neck(const Activations& pyramid) const;
  at::Tensor run_head(std::size_t level, const at::Tensor& x) const;

  YoloxConfig config_;
  YoloxConv stem_;
  std::array<Stage, 4> stages_;
  YoloxConv lateral_conv0_, reduce_conv1_, bu_conv2_, bu_conv1_;
  YoloxCsp c3_p4_, c3_p3_, c3_n3_, c3_n4_;
  std::array<Branches, kLevels> head_;
};

}  // namespace attune
