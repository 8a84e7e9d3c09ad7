#include "attune/train/result.h"

namespace attune {

Json TrainResult::log_entry() const {
  Json entry = {{"train_runtime", train_runtime},
                {"train_samples_per_second", train_samples_per_second},
                {"train_steps_per_second", train_steps_per_second}};
  if (!length_unit.empty()) {
    entry["train_" + length_unit + "_per_second"] = train_lengths_per_second;
  }
  entry["train_loss"] = train_loss;
  entry["peak_rss_bytes"] = peak_rss_bytes;
  return entry;
}

}  // namespace attune
