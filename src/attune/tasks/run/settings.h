#pragma once

#include <cstdint>
#include <string_view>

#include "attune/adapt/options.h"
#include "attune/config/field.h"
#include "attune/config/schema.h"
#include "attune/models/model.h"
#include "attune/pretrained/options.h"
#include "attune/train/options.h"

namespace attune {

/// What the report shows (section `eval`).
struct ReportOptions {
  std::int64_t report_mistakes = 20;

  template <typename V>
  void visit(V& v) {
    v("report_mistakes", report_mistakes, "Worst mistakes to show in the report",
      config::in_range(0, 1000));
  }
};

/// Settings that every task's `train` has.
struct RunSettings {
  PretrainedOptions pretrained;
  AdaptOptions adapt;
  TrainingArguments train;
  ReportOptions report;
};

/// Wishes that follow from what else was asked for: evaluation each epoch where there is validation
/// data, one checkpoint an epoch.
void complete_arguments(TrainingArguments& args, bool has_validation, config::Schema& schema);

/// Takes evaluation back where the data did not bring the validation part that it might have
/// brought; adds a problem for what was asked for and needs one.
void withdraw_evaluation(TrainingArguments& args, config::Schema& schema);

/// Whether a run's numbers may depend on an option of any task's `train`.
bool changes_numbers(std::string_view option);

/// What a resumed run must share of a run's options: all of the sections that say how it is trained
/// (`adapt`, `train`), unless `changes_numbers` knows better, so that a new option is among them of
/// itself. The data are compared by content, what is judged and shown is made anew at the end.
Json compared_settings(const RunSettings& settings, const config::Schema& schema);

/// The same of all sections: what a result depends on that is kept and not made anew.
Json all_compared_settings(const RunSettings& settings, const config::Schema& schema);

/// What a resumed run must share of its model: config.json without the names of labels, which are
/// compared by themselves. The weights come from the checkpoint.
Json model_settings(const Model& model);

/// Adds the problems that every task's `train` may have with its settings. `has_validation`: there
/// is something to evaluate on during training.
void find_run_problems(const RunSettings& settings, bool has_validation,
                       config::Problems& problems);

/// The same of the folder that a run writes to; call it before `check_run_folder`.
void find_folder_problems(const RunSettings& settings, config::Problems& problems);

/// What a saved model computes with.
struct ComputeOptions {
  std::int64_t threads = 0;
  DeviceName device = DeviceName::automatic;
  Precision precision = Precision::fp32;

  template <typename V>
  void visit(V& v) {
    v("threads", threads, "Threads for mathematics; 0 means all cores", config::thread_count());
    v("device", device, "Where to compute; auto takes a GPU where CUDA can be used");
    v("precision", precision,
      "Type of the factors of matrix products: bf16 rounds them, which is faster on some "
      "processors "
      "and changes the last digits of scores; auto takes it where it is faster");
  }
};

/// Takes the threads, and says whether products are rounded to bfloat16, for a Bf16Scope; warns
/// where fp32 would be faster.
bool begin_computing(const ComputeOptions& options);

/// Where a saved model is applied: options that `evaluate` and `predict` of every task share.
struct ApplyOptions : ComputeOptions {
  std::int64_t per_device_eval_batch_size = 64;
  std::string output_file;

  template <typename V>
  void visit_shared(V& v) {
    v("per_device_eval_batch_size", per_device_eval_batch_size, "Examples in a batch",
      config::at_least(1));
    ComputeOptions::visit(v);
  }
};

struct EvaluateApplyOptions : ApplyOptions {
  template <typename V>
  void visit(V& v) {
    visit_shared(v);
    v("output_file", output_file, "JSON file to write, or - for standard output: the metrics")
        .written({".json"});
  }
};

struct PredictApplyOptions : ApplyOptions {
  template <typename V>
  void visit(V& v) {
    visit_shared(v);
    v("output_file", output_file,
      "File to write (default, and -: standard output): a table where it ends in .csv or .tsv, "
      "else "
      "JSON, an object a line")
        .written({".csv", ".tsv", ".jsonl", ".ndjson", ".json"});
  }
};

}  // namespace attune
