#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/config/field.h"

namespace attune {

/// Which depth groups of a model train.
enum class Strategy {
  full,                ///< all of them
  feature_extraction,  ///< the head alone, on the features of the frozen rest
  layer_wise,          ///< gradual unfreezing (Howard and Ruder 2018, 3.3): the head first, then
                       ///< one group more, from last to first
};

constexpr auto enum_names(Strategy) {
  return std::to_array<std::pair<Strategy, std::string_view>>(
      {{Strategy::full, "full"},
       {Strategy::feature_extraction, "feature-extraction"},
       {Strategy::layer_wise, "layer-wise"}});
}

enum class UnfreezeUnit { epochs, steps };

constexpr auto enum_names(UnfreezeUnit) {
  return std::to_array<std::pair<UnfreezeUnit, std::string_view>>(
      {{UnfreezeUnit::epochs, "epochs"}, {UnfreezeUnit::steps, "steps"}});
}

/// What of the model changes, and how fast.
struct AdaptOptions {
  Strategy strategy = Strategy::full;
  UnfreezeUnit unfreeze_every = UnfreezeUnit::epochs;
  std::int64_t unfreeze_interval = 1;
  std::int64_t freeze_encoder_steps = 0;
  std::vector<std::string> freeze;
  std::optional<std::int64_t> train_last;
  double layer_lr_decay = 1;
  std::optional<double> head_learning_rate;
  std::string cache_limit = "2GiB";
  std::optional<std::string> cache_dir;

  template <typename V>
  void visit(V& v) {
    v("strategy", strategy,
      "Which depth groups train: all (full), the head on frozen features (feature-extraction), or "
      "one group more at a time from the head down (layer-wise)");
    v("unfreeze_every", unfreeze_every, "Unit of layer-wise unfreezing")
        .only_with("strategy", {"layer-wise"});
    v("unfreeze_interval", unfreeze_interval,
      "Epochs or steps after which layer-wise training unfreezes the next depth group",
      config::at_least(1))
        .only_with("strategy", {"layer-wise"});
    v("freeze_encoder_steps", freeze_encoder_steps,
      "Updates, from the first, in which the head alone trains; then what the strategy says, while "
      "the learning rate's schedule runs on",
      config::at_least(0))
        .only_with("strategy", {"full", "layer-wise"});
    v("freeze", freeze, "Regular expressions: parameters whose name matches one never train");
    v("train_last", train_last, "Train only the last N depth groups, the head among them",
      config::at_least(1));
    v("layer_lr_decay", layer_lr_decay,
      "Learning rate of a depth group as a share of the one above it",
      config::Bounds{.min = 0, .max = 1, .min_is_open = true})
        .only_with("strategy", {"full", "layer-wise"});
    v("head_learning_rate", head_learning_rate, "Peak learning rate of the head",
      config::at_least(0));
    v("cache_limit", cache_limit,
      "Memory for the features of a frozen part, e.g. 512MiB; what does not fit goes to a file")
        .only_with("strategy", {"feature-extraction", "layer-wise"})
        .only_with("train_last")
        .only_with("freeze");
    v("cache_dir", cache_dir, "Folder of that file (default: the system's temporary folder)")
        .only_with("strategy", {"feature-extraction", "layer-wise"})
        .only_with("train_last")
        .only_with("freeze");
  }
};

/// What contradicts itself between the options, one text for each problem.
std::vector<std::string> find_problems(const AdaptOptions& options);

}  // namespace attune
