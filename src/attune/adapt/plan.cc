#include "attune/adapt/plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <regex>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

bool begins_with_any(const std::string& name, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

bool any_matches(const std::vector<std::string>& names, const std::regex& pattern) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return std::regex_search(name, pattern); });
}

/// transformers' Trainer.get_decay_parameter_names, by name.
bool has_weight_decay(const std::string& name) {
  static const std::regex pattern(R"(bias|layernorm|rmsnorm|(^|\.)norm($|\.)|_norm($|\.))");
  return !std::regex_search(to_lower_ascii(name), pattern);
}

/// A module whose own parameters all are frozen, by name or with its group: statistics that it
/// keeps beside them (batch normalisation) stay too.
bool is_frozen_leaf(const nn::Module& module) {
  const std::vector<at::Tensor> own = module.own_parameters();
  return !own.empty() && !module.has_parts() &&
         std::none_of(own.begin(), own.end(), [](const auto& p) { return p.requires_grad(); });
}

}  // namespace

bool AdaptPlan::Group::trains() const {
  return std::find(frozen.begin(), frozen.end(), false) != frozen.end();
}

AdaptPlan::AdaptPlan(const AdaptOptions& options, std::vector<DepthGroup> groups,
                     const nn::Module& model, double learning_rate, double weight_decay)
    : options_(options) {
  const std::vector<std::string> problems = find_problems(options);
  check(problems.empty(), ErrorKind::user, "{}", join(problems, "\n"));
  check(!groups.empty(), ErrorKind::internal, "the model declares no depth groups");
  for (DepthGroup& group : groups) groups_.push_back({.depth = std::move(group)});
  check(options.train_last.value_or(1) <= depth(), ErrorKind::user,
        "train_last: got {}, but the model has {} depth groups", options.train_last.value_or(1),
        depth());
  assign_parameters(model);
  freeze_by_name();
  make_parameter_groups(learning_rate, weight_decay);
  check(!parameter_groups_.empty(), ErrorKind::user,
        "nothing is left to train: strategy, train_last and freeze leave out every parameter");
  check_head_only();
}

void AdaptPlan::check_head_only() const {
  if (head_only_steps() == 0) return;
  check(groups_.back().trains(), ErrorKind::user,
        "freeze_encoder_steps: got {}, but freeze leaves nothing of the head (\"{}\") to train "
        "alone",
        head_only_steps(), groups_.back().depth.name);
  constexpr std::int64_t kAtLast = std::numeric_limits<std::int64_t>::max();
  check(first_trained_group(kAtLast, kAtLast) < depth() - 1, ErrorKind::user,
        "freeze_encoder_steps: got {}, which has no effect: train_last and freeze leave the head "
        "alone to train anyway",
        head_only_steps());
}

/// A parameter of no group would never train and one of two would be stepped twice: a family's list
/// of groups is checked against its model.
std::size_t AdaptPlan::owner_of(const std::string& name) const {
  std::size_t owner = 0;
  std::vector<std::string> owners;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (!begins_with_any(name, groups_[g].depth.prefixes)) continue;
    owner = g;
    owners.push_back(groups_[g].depth.name);
  }
  check(owners.size() == 1, ErrorKind::internal,
        "parameter {} belongs to {} depth groups ({}), expected exactly one", name, owners.size(),
        join(owners, ", "));
  return owner;
}

void AdaptPlan::assign_parameters(const nn::Module& model) {
  std::map<std::string, std::vector<std::string>> tied;
  for (const nn::TiedWeights& weights : model.tied()) tied[weights.names.front()] = weights.names;
  for (const auto& item : model.named_parameters()) {
    const auto found = tied.find(item.name);
    std::vector<std::string> names = found == tied.end() ? std::vector{item.name} : found->second;
    // The lowest group of all that compute with it: what comes out of a group is a function of the
    // example alone, and may be kept, only as long as nothing in it trains.
    std::size_t lowest = groups_.size();
    for (const std::string& name : names) lowest = std::min(lowest, owner_of(name));
    groups_[lowest].parameters.push_back({item.name, item.tensor});
    groups_[lowest].names.push_back(std::move(names));
  }
  for (Group& group : groups_) {
    check(!group.parameters.empty(), ErrorKind::internal,
          "depth group \"{}\" has no parameters of its own", group.depth.name);
    group.frozen.assign(group.parameters.size(), false);
  }
}

void AdaptPlan::freeze_by_name() {
  // An expression that matches nothing is a slip of the pen: training what was meant to be frozen
  // would go unnoticed.
  for (const std::string& expression : options_.freeze) {
    const std::regex pattern(expression);  // find_problems() has tried it
    bool found = false;
    for (Group& group : groups_) {
      for (std::size_t i = 0; i < group.parameters.size(); ++i) {
        if (!any_matches(group.names[i], pattern)) continue;
        group.frozen[i] = found = true;
      }
    }
    check(found, ErrorKind::user,
          "freeze: \"{}\" matches no parameter of the model; names look like {}", expression,
          groups_.back().parameters.front().name);
  }
}

void AdaptPlan::make_parameter_groups(double learning_rate, double weight_decay) {
  const std::int64_t head = depth() - 1;
  for (std::int64_t g = head; g >= lowest_scheduled(); --g) {
    Group& group = groups_[static_cast<std::size_t>(g)];
    // Discriminative rates (Howard and Ruder 2018, section 3.2): each group a constant share of the
    // one above it. A rate for the head alone leaves those below as they are.
    const double decayed =
        learning_rate * std::pow(options_.layer_lr_decay, static_cast<double>(head - g));
    group.learning_rate = g == head ? options_.head_learning_rate.value_or(learning_rate) : decayed;
    ParameterGroup with{group.depth.name, {}, group.learning_rate, weight_decay};
    // Decayed and not are two groups, as transformers' create_optimizer makes them.
    ParameterGroup without{group.depth.name + ", no decay", {}, group.learning_rate, 0};
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      if (group.frozen[i]) continue;
      (has_weight_decay(group.parameters[i].name) ? with : without)
          .parameters.push_back(group.parameters[i]);
    }
    if (!with.parameters.empty()) parameter_groups_.push_back(std::move(with));
    if (!without.parameters.empty()) parameter_groups_.push_back(std::move(without));
  }
}

std::int64_t AdaptPlan::lowest_scheduled() const {
  if (options_.strategy == Strategy::feature_extraction) return depth() - 1;
  return depth() - options_.train_last.value_or(depth());
}

std::int64_t AdaptPlan::first_trained_group(std::int64_t epoch, std::int64_t step) const {
  std::int64_t first = lowest_scheduled();
  if (options_.strategy == Strategy::layer_wise) {
    const std::int64_t units = options_.unfreeze_every == UnfreezeUnit::epochs ? epoch : step;
    first = std::max(first, depth() - 1 - units / options_.unfreeze_interval);
  }
  // A head that begins anew sends gradients of chance into a trained encoder: fairseq's
  // freeze_finetune_updates (Baevski et al. 2020, section 4.3) lets it learn alone first.
  if (step < head_only_steps()) first = depth() - 1;
  // Groups that `freeze` leaves nothing of are frozen as well, which keeps more of the model out of
  // the backward pass and in the cache.
  while (first < depth() - 1 && !groups_[static_cast<std::size_t>(first)].trains()) ++first;
  return first;
}

std::int64_t AdaptPlan::group_of(const std::string& name) const {
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (begins_with_any(name, groups_[g].depth.prefixes)) return static_cast<std::int64_t>(g);
  }
  return -1;
}

void AdaptPlan::apply(nn::Module& model, std::int64_t first_trained_group) const {
  const auto trains = [&](std::size_t g) {
    return static_cast<std::int64_t>(g) >= first_trained_group && groups_[g].trains();
  };
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    for (std::size_t i = 0; i < groups_[g].parameters.size(); ++i) {
      at::Tensor tensor = groups_[g].parameters[i].tensor;
      const bool needs = trains(g) && !groups_[g].frozen[i];
      // A gradient left from before would still be stepped and counted in the norm.
      if (!needs) tensor.mutable_grad().reset();
      tensor.set_requires_grad(needs);
    }
  }
  // Parents come first, and train() reaches all children: a module that says nothing about depth (a
  // dropout beside the head) is as its parent, and a parent trains when a group below it does.
  const auto set_mode = [&](nn::Module& module, const std::string& path) {
    const std::int64_t owner = group_of(path);
    if (owner >= 0) {
      module.train(trains(static_cast<std::size_t>(owner)));
      return;
    }
    bool is_parent = false, is_trained = false;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const bool holds = groups_[g].parameters.front().name.starts_with(path);
      is_parent = is_parent || holds;
      is_trained = is_trained || (holds && trains(g));
    }
    if (is_parent) module.train(is_trained);
  };
  for (const auto& [path, module] : model.named_modules()) {
    set_mode(*module, path.empty() ? "" : path + ".");
    // After its parent's mode, which train() hands down: batch statistics of a frozen norm stay as
    // they are.
    if (is_frozen_leaf(*module)) module->eval();
  }
}

}  // namespace attune
