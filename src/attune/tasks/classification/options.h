#pragma once

#include <cstdint>
#include <string>

#include "attune/adapt/options.h"
#include "attune/config/field.h"
#include "attune/pretrained/options.h"
#include "attune/train/options.h"

namespace attune {

/// What training makes of labels that are of unequal number or weight (section `train`).
struct LossOptions {
  std::string class_weights;
  double focal_gamma = 0;
  bool balanced_sampling = false;

  template <typename V>
  void visit(V& v) {
    v("class_weights", class_weights,
      "Weights of the labels in the loss: balanced, or LABEL=WEIGHT,LABEL=WEIGHT,...");
    v("focal_gamma", focal_gamma,
      "Focal loss: each term times (1 - probability of the truth) to this power (Lin et al. 2017); "
      "0 is plain cross-entropy",
      config::in_range(0, 10));
    v("balanced_sampling", balanced_sampling,
      "Draw as many examples of each class: those of small classes come repeatedly in an epoch, "
      "some of large ones not");
  }
};

/// What evaluation and the report show (section `eval`).
struct MistakeOptions {
  std::int64_t report_mistakes = 20;

  template <typename V>
  void visit(V& v) {
    v("report_mistakes", report_mistakes, "Worst mistakes to show in the report",
      config::in_range(0, 1000));
  }
};

/// Settings that every classification task's `train` has.
struct ClassificationSettings {
  PretrainedOptions pretrained;
  AdaptOptions adapt;
  TrainingArguments train;
  LossOptions loss;
  MistakeOptions eval;
};

/// Where a saved model is applied: options that `evaluate` and `predict` share.
struct ApplyOptions {
  std::int64_t per_device_eval_batch_size = 64;
  std::int64_t threads = 0;
  std::string output_file;

  template <typename V>
  void visit(V& v) {
    v("per_device_eval_batch_size", per_device_eval_batch_size, "Examples in a batch",
      config::at_least(1));
    v("threads", threads, "Threads for mathematics; 0 means all cores", config::at_least(0));
    v("output_file", output_file, "File to write");
  }
};

}  // namespace attune
