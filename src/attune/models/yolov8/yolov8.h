#pragma once

#include <array>
#include <memory>
#include <vector>

#include "attune/models/yolov8/yolov8_config.h"
#include "attune/models/yolov8/yolov8_parts.h"

namespace attune {

/// The networks called YOLOv8 and YOLO11, under the names of their published tensors
/// ("model.2.m.0.cv1.conv.weight"). Their writer, ultralytics, claims AGPL-3.0 for its weights:
/// what a checkpoint says of its licence is told and kept.
class Yolov8 : public Detector {
 public:
  explicit Yolov8(Yolov8Config config);

  /// Five stages, the neck, the head.
  std::vector<DepthGroup> depth_groups() const override;
  Json config_json() const override { return config_.to_json(); }
  DetectorInfo info() const override { return config_.info(); }

  static constexpr std::size_t kLevels = 3;

 private:
  /// A branch of the head: convolutions, then the last one, plain.
  struct Branch {
    std::vector<Yolov8Unit> units;
    std::shared_ptr<nn::Conv2d> last;
    at::Tensor forward(const at::Tensor& x) const;
  };

  Yolov8Unit add_down(int layer, std::int64_t in, std::int64_t out);
  Yolov8Block add_block(int layer, std::int64_t in, std::int64_t out, std::int64_t count,
                        bool in_neck);
  void build_backbone();
  void build_neck();
  void build_head();
  Activations run_group(std::int64_t group, const Activations& state) override;
  at::Tensor run_stage(std::size_t stage, const at::Tensor& x) const;
  Activations run_neck(const Activations& pyramid) const;

  Yolov8Config config_;
  std::array<Yolov8Unit, 5> down_;
  std::array<Yolov8Block, 4> blocks_;  ///< behind the second convolution and those that follow
  Yolov8Pool pool_;
  Yolov8Attention attention_;  ///< of 11
  Yolov8Block top_p4_, top_p3_, bottom_p4_, bottom_p5_;
  Yolov8Unit down_p3_, down_p4_;
  std::array<Branch, kLevels> boxes_, classes_;
};

}  // namespace attune
