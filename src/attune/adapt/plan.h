#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/adapt/options.h"
#include "attune/adapt/parameter_group.h"
#include "attune/models/model.h"
#include "attune/nn/module.h"

namespace attune {

/// One line of the table that is shown before training.
struct PlanRow {
  std::string group;         ///< name of the depth group
  std::string trains;        ///< "now", "from epoch 2", "from step 101", "not reached", "never",
                             ///< "from epoch 2, not before step 101"
  double learning_rate = 0;  ///< peak; 0 where it never trains
  std::int64_t trained_parameters = 0;
  std::int64_t parameters = 0;
};

/// Which of a model's depth groups train when, and with which learning rate. Knows no family: it
/// works from the list of depth groups alone.
class AdaptPlan {
 public:
  /// Reads the names of `model`'s parameters. Throws `user` where the options contradict themselves
  /// or do not fit (a `freeze` expression that matches nothing, `train_last` beyond the number of
  /// groups, nothing left to train, `freeze_encoder_steps` where the head alone trains anyway or
  /// never does) and `internal` where `groups` do not cover every parameter
  /// exactly once. A tied weight (Module::tied) is one parameter, of the lowest group that any of
  /// its names is in; `freeze` may name it by each. Biases and normalisation layers get no weight
  /// decay, as in Hugging Face's Trainer.
  AdaptPlan(const AdaptOptions& options, std::vector<DepthGroup> groups, const nn::Module& model,
            double learning_rate, double weight_decay);

  std::int64_t depth() const { return static_cast<std::int64_t>(groups_.size()); }

  /// The lowest depth group that trains in `epoch` after `step` updates (both from 0); everything
  /// below it is frozen: a function of the example alone. A group of which `freeze` leaves nothing
  /// counts as frozen only where no group below it trains.
  std::int64_t first_trained_group(std::int64_t epoch, std::int64_t step) const;
  /// Whether `first_trained_group` changes during a run.
  bool changes() const {
    return options_.strategy == Strategy::layer_wise || head_only_steps() > 0;
  }
  /// Updates from the first in which the head alone trains, whatever the strategy.
  std::int64_t head_only_steps() const { return options_.freeze_encoder_steps; }

  /// Makes `model` fit: what trains requires a gradient and is in training mode; what does not has
  /// neither gradient nor dropout. Call it again after anything that changes modes (evaluation).
  void apply(nn::Module& model, std::int64_t first_trained_group) const;

  /// All parameters that train at some time, from head to input: for each depth group those with
  /// and those without weight decay. Tensors are shared with the model.
  const std::vector<ParameterGroup>& parameter_groups() const { return parameter_groups_; }

  /// `first_reached`: the lowest group that the run gets to; those below never train.
  std::vector<PlanRow> rows(std::int64_t first_reached = 0) const;
  /// The rows as a table, and below it the number of parameters that train.
  std::string to_text(std::int64_t first_reached = 0) const;

 private:
  struct Group {
    DepthGroup depth;
    std::vector<NamedParameter> parameters;
    std::vector<std::vector<std::string>> names;  ///< all of each parameter: several if it is tied
    std::vector<bool> frozen;                     ///< by `freeze`, one for each parameter
    double learning_rate = 0;
    bool trains() const;  ///< `freeze` leaves something of it
  };

  void assign_parameters(const nn::Module& model);
  std::size_t owner_of(const std::string& name) const;
  void freeze_by_name();
  void check_head_only() const;
  void make_parameter_groups(double learning_rate, double weight_decay);
  std::int64_t lowest_scheduled() const;
  std::int64_t group_of(const std::string& name) const;  ///< -1: of none
  std::string when(std::int64_t group) const;

  AdaptOptions options_;
  std::vector<Group> groups_;
  std::vector<ParameterGroup> parameter_groups_;
};

}  // namespace attune
