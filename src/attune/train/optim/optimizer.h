#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/adapt/parameter_group.h"
#include "attune/train/options.h"

namespace attune {

/// Updates parameters in place from their gradients. Parameters without a gradient are left alone,
/// state included, so a group that is unfrozen later starts then as if it were new. Updates are the
/// same bits for any number of threads.
class Optimizer {
 public:
  /// Requires dense contiguous float32 parameters, every name once; throws `user`. On the CPU they
  /// are updated by the loops of kernels/optim.h, elsewhere by ATen's operations.
  /// `buffer_names` names the state each parameter carries.
  Optimizer(std::vector<ParameterGroup> groups, std::vector<std::string> buffer_names);
  virtual ~Optimizer() = default;

  /// One update. `learning_rates` has one entry for each group; gradients count times `grad_scale`
  /// (clipping), so that clipping costs no pass of its own.
  void step(std::span<const double> learning_rates, double grad_scale = 1);
  /// Takes ATen's operations on the CPU too: the formulas that run on a GPU.
  void use_tensor_maths() { tensor_maths_ = true; }
  /// Drops all gradients, so that the next backward pass writes instead of adding.
  void zero_grad();

  const std::vector<ParameterGroup>& groups() const { return groups_; }

  /// State by parameter name ("encoder.weight.exp_avg", int64 scalar "encoder.weight.step") of all
  /// parameters that had an update; tensors share the optimizer's memory.
  std::map<std::string, at::Tensor> state() const;
  /// Replaces the state. Throws `data` on a name or shape that does not fit.
  void load_state(const std::map<std::string, at::Tensor>& state);

 protected:
  struct Slot {
    std::string name;
    at::Tensor parameter;
    std::size_t group = 0;
    std::int64_t step = 0;               ///< updates so far
    std::vector<at::Tensor> buffers;     ///< empty before the first update
    std::vector<unsigned char> touched;  ///< Adam: blocks that had a gradient
  };
  struct Update {
    Slot* slot;
    at::Tensor gradient;  ///< float32, contiguous
    double learning_rate;
    double weight_decay;
  };

  /// Zero state for a parameter's first update, in the order of `buffer_names`.
  virtual std::vector<at::Tensor> make_buffers(const at::Tensor& parameter) const = 0;
  /// `slot->step` already counts this update.
  virtual void update(std::span<Update> updates, double grad_scale) = 0;
  /// The same for one parameter as operations on tensors, for any device.
  virtual void update_by_tensors(const Update& update, double grad_scale) = 0;

 private:
  bool tensor_maths_ = false;
  std::vector<ParameterGroup> groups_;
  std::vector<std::string> buffer_names_;
  std::vector<Slot> slots_;
};

/// The optimizer that `args` name, with their settings.
std::unique_ptr<Optimizer> make_optimizer(const TrainingArguments& args,
                                          std::vector<ParameterGroup> groups);

/// L2 norm over all gradients of `groups`; 0 without any. On the CPU the same bits for any number
/// of threads.
double global_grad_norm(const std::vector<ParameterGroup>& groups);

/// What clipping to `max_norm` multiplies the gradients by (torch's `clip_grad_norm_`); 1 where
/// `max_norm` is 0.
double clip_factor(double norm, double max_norm);

}  // namespace attune
