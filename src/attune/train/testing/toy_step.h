#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "attune/models/model.h"
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

class ToyStep : public TrainStep {
 public:
  explicit ToyStep(std::int64_t examples, double dropout = 0.3);

  nn::Module& model() override { return *model_; }
  ToyModel& toy() { return *model_; }
  std::vector<std::int64_t> example_lengths() const override;
  double loss_weight(std::span<const std::int64_t> examples) const override;
  at::Tensor loss_sum(std::span<const std::int64_t> examples, const StepContext& context) override;
  std::string example_name(std::int64_t example) const override;
  void announce(std::span<const std::int64_t> examples, std::int64_t) override {
    announced.emplace_back(examples.begin(), examples.end());
  }
  void save_model(const fs::path& folder) const override;
  void load_model(const fs::path& folder) override;

  /// Mean loss and accuracy over all examples, in evaluation mode.
  std::vector<std::pair<std::string, double>> evaluate();
  /// The weights, copied, end to end.
  std::vector<at::Tensor> weights() const;

  std::set<std::int64_t> poisoned;                   ///< examples whose loss is not a number
  std::vector<std::vector<std::int64_t>> seen;       ///< the batches, in order
  std::vector<std::vector<std::int64_t>> announced;  ///< the same of what was announced
  std::vector<std::int64_t> first_trained_seen;      ///< a value for each batch

 private:
  at::Tensor logits(std::span<const std::int64_t> examples, const StepContext* context);
  at::Tensor losses(std::span<const std::int64_t> examples, const StepContext* context);

  std::int64_t examples_;
  double dropout_;
  std::shared_ptr<ToyModel> model_;
};

}  // namespace attune
