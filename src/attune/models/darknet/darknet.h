#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attune/models/darknet/darknet_config.h"
#include "attune/nn/layers/conv_unit.h"
#include "attune/nn/layers/dropout.h"

namespace attune {

/// Any network of convolutions, shortcuts, routes, maxima, upsamplings and detection layers that a
/// .cfg of darknet's describes: YOLOv3, YOLOv4, their tiny forms and their descendants. Parameters
/// are named "layers.3.conv.weight", "layers.3.bn.bias" ... by the number of the layer.
class Darknet : public Detector {
 public:
  explicit Darknet(DarknetConfig config);

  /// A stage wherever the maps become smaller; the neck, behind the last sum (or first layer) of
  /// the smallest ones; the head, the convolutions before the detection layers.
  std::vector<DepthGroup> depth_groups() const override;
  Json config_json() const override { return config_.to_json(); }
  DetectorInfo info() const override { return config_.info(); }

  const DarknetConfig& config() const { return config_; }
  /// Tensors whose rows are classes: of the convolutions before the detection layers.
  std::vector<std::string> head_tensors() const;

 private:
  using Values = std::vector<at::Tensor>;  ///< what each layer gave, while it is needed

  /// Layers [begin, end) in front of the head.
  struct Group {
    std::string name;
    std::size_t begin = 0, end = 0;
  };

  bool is_head(std::size_t layer) const;
  void find_readers();
  void find_groups();
  std::vector<std::size_t> needed_behind(std::size_t layer) const;
  Activations run_group(std::int64_t group, const Activations& state) override;
  Activations run_head(const Activations& state);
  at::Tensor run_layer(std::size_t index, const Values& values, const at::Tensor& pixels);

  DarknetConfig config_;
  std::vector<std::shared_ptr<nn::ConvUnit>> convs_;    ///< by layer; null for other kinds
  std::vector<std::shared_ptr<nn::Dropout>> dropouts_;  ///< the same
  std::vector<std::size_t> last_reader_;  ///< of each layer in front of the head; the head is last
  std::vector<std::size_t> heads_;        ///< the convolutions before the detection layers
  std::vector<Group> groups_;
};

}  // namespace attune
