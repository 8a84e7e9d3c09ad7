#include "attune/tasks/run/cross_validation.h"

#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "attune/base/coding/hash.h"
#include "attune/base/disk/folder_lock.h"
#include "attune/base/disk/temporary_file.h"
#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/base/log.h"
#include "attune/tasks/run/saved/run_folder.h"
#include "attune/train/checkpoint/checkpoint.h"
#include "attune/train/settings.h"

namespace attune {
namespace {

/// What the results of a fold depend on.
Json fold_settings(const RunSettings& settings, const config::Schema& schema,
                   const CrossValidation& validation, const Split& fold) {
  Json result = all_compared_settings(settings, schema);
  // The same data may lie elsewhere, or their path be spelt another way; other data may lie there.
  for (const std::string& name : validation.places) {
    check(result.erase(name) == 1, ErrorKind::internal, "there is no option {}", name);
  }
  result.update(validation.data);
  result["held_out"] = sha256_hex(std::as_bytes(std::span(fold.validation)));
  return result;
}

/// The last thing that a fold does: its file says that it is complete.
void save_fold(const fs::path& folder, const FoldResult& result, const Json& settings) {
  Json metrics = Json::object();
  for (const auto& [name, value] : result.values.values) metrics[name] = value;
  write_file_atomically(folder / kFoldFile, dump_json({{"settings", settings},
                                                       {"metrics", metrics},
                                                       {"predictions", result.predictions}}));
}

/// What `save_fold` kept; nothing where the fold is not complete. Throws `user` where it was
/// trained with other settings, `data` where the file is damaged.
std::optional<FoldResult> load_fold(const fs::path& folder, const Json& settings,
                                    const CrossValidation& validation) {
  const fs::path path = folder / kFoldFile;
  if (!fs::exists(path)) return {};
  const Json json = read_json(path);
  check(json.is_object() && json.contains("settings"), ErrorKind::data,
        "{}: not the results of a fold; remove it to train the fold again", path.string());
  // Folds of other settings, or other data, pooled with these would be no result of anything.
  check_same_settings(json.at("settings"), settings, folder);
  FoldResult fold;
  try {
    for (const auto& [name, value] : json.at("metrics").items()) {
      fold.values.add(name, value.get<double>());
    }
    fold.predictions = json.at("predictions");
    validation.check_predictions(fold.predictions);
  } catch (const std::exception& error) {
    fail(ErrorKind::data, "{}: damaged ({}); remove it to train the fold again", path.string(),
         error.what());
  }
  return fold;
}

/// The metric by fold, null where it is undefined; mean and standard deviation (of the sample) over
/// the folds that have it.
void add_spread(const std::string& name, const std::vector<FoldResult>& folds, Json& result) {
  std::vector<double> values;
  Json by_fold = Json::array();
  for (const FoldResult& fold : folds) {
    const auto value = fold.values.find(name);
    by_fold.push_back(value ? Json(*value) : Json());
    if (value) values.push_back(*value);
  }
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  result["eval_" + name] = std::move(by_fold);
  result["eval_" + name + "_mean"] = mean;
  if (values.size() > 1) {
    result["eval_" + name + "_std"] = std::sqrt(squares / static_cast<double>(values.size() - 1));
  }
}

class FoldsInTurn {
 public:
  FoldsInTurn(const CrossValidation& validation, RunSettings& settings,
              const config::Schema& schema)
      : validation_(validation),
        settings_(settings),
        schema_(schema),
        base_(settings.train.output_dir),
        resumes_(resume_choice(settings.train).has_value()) {}

  int run() {
    const auto lock = FolderLock::take(base_);
    check_run_folder(settings_.train, true);
    remove_leftovers(base_);
    // Nothing of an earlier run may pass for this one's: its folds may be more, its model another.
    clear_run_folder(settings_.train);
    for (std::size_t k = 0; k < validation_.folds.size(); ++k) {
      if (const int signal = train(k); signal != 0) return signal;
    }
    // Each fold had a folder of its own in it.
    settings_.train.output_dir = base_;
    write_results();
    return 0;
  }

 private:
  fs::path folder_of(std::size_t k) const { return fold_folder(base_, k); }

  int train(std::size_t k) {
    const Split& fold = validation_.folds[k];
    const fs::path folder = folder_of(k);
    const Json kept = fold_settings(settings_, schema_, validation_, fold);
    if (auto done = resumes_ ? load_fold(folder, kept, validation_) : std::nullopt) {
      log_info("\nfold {} is complete in {}", k + 1, folder.string());
      results_.push_back(std::move(*done));
      return 0;
    }
    log_info("\nfold {}", k + 1);
    TrainingArguments& args = settings_.train;
    args.output_dir = folder.string();
    args.resume_from_checkpoint.reset();
    if (resumes_ && find_last_checkpoint(folder)) {
      args.resume_from_checkpoint = "last";
    } else if (resumes_) {
      remove_tree(folder);  // one that was stopped before its first checkpoint begins anew
    }
    FoldResult result;
    if (const int signal = validation_.train(fold, result); signal != 0) return signal;
    save_fold(folder, result, kept);
    results_.push_back(std::move(result));
    return 0;
  }

  void write_results() const {
    const MetricValues pooled = validation_.pool(results_);
    Json results = metrics_to_json(pooled, "pooled_");
    results["folds"] = results_.size();
    std::size_t samples = 0;
    for (const Split& fold : validation_.folds) samples += fold.validation.size();
    results["samples"] = samples;
    for (const FoldResult& fold : results_) {
      for (const auto& [name, value] : fold.values.values) {
        if (!results.contains("eval_" + name)) add_spread(name, results_, results);
      }
    }
    const fs::path file = fs::path(base_) / kMetricsFile;
    write_file_atomically(file, dump_json(results));
    const std::string& name = validation_.headline;
    log_info(
        "\n{} folds, every {} held out once\n  {} {:.4f} (mean of folds {:.4f}, standard "
        "deviation {:.4f})\nresults {}",
        results_.size(), validation_.examples, name, pooled.find(name).value_or(std::nan("")),
        results.value("eval_" + name + "_mean", std::nan("")),
        results.value("eval_" + name + "_std", std::nan("")), file.string());
  }

  const CrossValidation& validation_;
  RunSettings& settings_;
  const config::Schema& schema_;
  const std::string base_;
  const bool resumes_;
  std::vector<FoldResult> results_;
};

}  // namespace

void find_fold_problems(const std::optional<std::int64_t>& folds, bool has_validation,
                        const char* validation_flag, const TrainingArguments& args,
                        config::Problems& problems) {
  if (!folds) return;
  if (has_validation) {
    problems.add(
        fmt::format("--folds divides the training data itself: leave out {} and --validation-split",
                    validation_flag));
  }
  if (resume_choice(args).value_or("last") != "last") {
    problems.add("--folds goes on where it stopped: give --resume-from-checkpoint last");
  }
}

int cross_validate(const CrossValidation& validation, RunSettings& settings,
                   const config::Schema& schema) {
  return FoldsInTurn(validation, settings, schema).run();
}

}  // namespace attune
