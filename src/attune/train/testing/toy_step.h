#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/models/model.h"
#include "attune/train/model_folder.h"
#include "attune/train/step.h"

namespace attune {

/// For tests: 3-class classification by a network of three depth groups (embeddings, layer, head)
/// with dropout keyed by the step's context. Example i is a pure function of i.
class ToyModel : public nn::Module {
 public:
  ToyModel();
  std::vector<DepthGroup> depth_groups() const;
  std::shared_ptr<nn::Module> embeddings, layer, head;
};

class ToyStep : public TrainStep, public ModelFolder {
 public:
  explicit ToyStep(std::int64_t examples, double dropout = 0.3);

  nn::Module& model() override { return *model_; }
  ToyModel& toy() { return *model_; }
  std::vector<std::int64_t> example_lengths() const override;
  std::string_view length_unit() const override { return unit; }
  std::optional<double> known_weight(Examples examples) const override;
  Loss loss(Examples examples, const StepContext& context) override;
  std::string example_name(std::int64_t example) const override;
  void announce(Examples examples, const StepContext& context) override {
    announced.emplace_back(examples.begin(), examples.end());
    announced_contexts.push_back(context);
  }
  std::map<std::string, at::Tensor> carried_state() const override;
  void load_carried_state(const std::map<std::string, at::Tensor>& state) override;
  void save(const fs::path& folder) const override;
  void load(const fs::path& folder) override;

  /// Mean loss and accuracy over all examples, in evaluation mode.
  MetricValues evaluate();
  double evaluated_loss() { return *evaluate().find("loss"); }
  /// The weights, copied, end to end.
  std::vector<at::Tensor> weights() const;

  std::string_view unit = "tokens";
  std::set<std::int64_t> poisoned;                   ///< examples whose loss is not a number
  std::vector<std::vector<std::int64_t>> seen;       ///< the batches, in order
  std::vector<std::vector<std::int64_t>> announced;  ///< the same of what was announced
  std::vector<StepContext> announced_contexts;       ///< one for each of those
  std::vector<StepContext> contexts;                 ///< one for each batch
  bool knows_weight = true;                          ///< before the forward pass
  bool tells_parts = false;  ///< "first": of a batch's first example, "rest": of the others
  /// Not 0: the loss of a batch counts (1 + `memory` * mean loss of the batch before it) times; the
  /// step carries that mean.
  double memory = 0;

 private:
  at::Tensor logits(std::span<const std::int64_t> examples, const StepContext* context);
  at::Tensor losses(std::span<const std::int64_t> examples, const StepContext* context);
  double weight_of(Examples examples) const;

  std::int64_t examples_;
  double dropout_;
  double remembered_ = 0;
  std::shared_ptr<ToyModel> model_;
};

}  // namespace attune
