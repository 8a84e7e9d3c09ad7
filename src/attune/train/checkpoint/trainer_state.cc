#include "attune/train/checkpoint/trainer_state.h"

#include <algorithm>

#include "attune/base/error.h"

namespace attune {
namespace {

/// Sum and count rather than the mean, which could not be continued with the same bits. JSON
/// numbers are written so that they read back exactly.
Json mean_to_json(const LossMean& mean) {
  return Json{{"sum", mean.sum}, {"updates", mean.updates}};
}

LossMean mean_from_json(const Json& json) {
  return {json.at("sum").get<double>(), json.at("updates").get<std::int64_t>()};
}

}  // namespace

void TrainerState::add_losses(double loss, const Metrics& parts) {
  loss_since_log.add(loss);
  loss_of_epoch.add(loss);
  loss_of_run.add(loss);
  for (const auto& [name, value] : parts) {
    auto found = std::find_if(parts_since_log.begin(), parts_since_log.end(),
                              [&](const auto& part) { return part.first == name; });
    if (found == parts_since_log.end()) {
      found = parts_since_log.insert(parts_since_log.end(), {name, LossMean()});
    }
    found->second.add(value);
  }
}

Json TrainerState::to_json(const std::string& output_dir) const {
  Json json;
  // The keys of transformers' TrainerState (trainer_callback.py); those that mean nothing here have
  // the values of a run in one process.
  json["best_global_step"] = best_metric ? Json(best_step) : Json(nullptr);
  json["best_metric"] = best_metric ? Json(*best_metric) : Json(nullptr);
  json["best_model_checkpoint"] = best_checkpoint.empty()
                                      ? Json(nullptr)
                                      : Json((fs::path(output_dir) / best_checkpoint).string());
  json["epoch"] = epoch;
  json["global_step"] = global_step;
  json["is_hyper_param_search"] = false;
  json["is_local_process_zero"] = true;
  json["is_world_process_zero"] = true;
  json["log_history"] = log_history;
  json["max_steps"] = max_steps;
  json["num_input_tokens_seen"] = lengths;
  json["num_train_epochs"] = num_train_epochs;
  json["total_flos"] = 0;
  json["trial_name"] = nullptr;
  json["trial_params"] = nullptr;
  // `best_checkpoint` is a name without the folder, so that a run that was moved finds it.
  json["attune"] = {{"sampler_epoch", sampler_epoch},
                    {"sampler_batch", sampler_batch},
                    {"loss_since_log", mean_to_json(loss_since_log)},
                    {"loss_of_epoch", mean_to_json(loss_of_epoch)},
                    {"loss_of_run", mean_to_json(loss_of_run)},
                    {"samples", samples},
                    {"seconds", seconds},
                    {"threads", threads},
                    {"processor", processor},
                    {"best_checkpoint", best_checkpoint},
                    {"evaluations_without_improvement", evaluations_without_improvement},
                    {"stopped_early", stopped_early},
                    {"evaluation_is_due", evaluation_is_due},
                    {"schedule", schedule}};
  for (const auto& [name, mean] : parts_since_log) {
    json["attune"]["parts_since_log"][name] = mean_to_json(mean);
  }
  return json;
}

TrainerState TrainerState::from_json(const Json& json, const std::string& source) {
  try {
    TrainerState state;
    const Json& own = json.at("attune");
    state.global_step = json.at("global_step").get<std::int64_t>();
    state.max_steps = json.at("max_steps").get<std::int64_t>();
    state.num_train_epochs = json.at("num_train_epochs").get<double>();
    state.epoch = json.at("epoch").get<double>();
    state.lengths = json.at("num_input_tokens_seen").get<std::int64_t>();
    state.log_history = json.at("log_history");
    if (!json.at("best_metric").is_null()) {
      state.best_metric = json.at("best_metric").get<double>();
      state.best_step = json.at("best_global_step").get<std::int64_t>();
    }
    state.sampler_epoch = own.at("sampler_epoch").get<std::int64_t>();
    state.sampler_batch = own.at("sampler_batch").get<std::int64_t>();
    state.loss_since_log = mean_from_json(own.at("loss_since_log"));
    state.loss_of_epoch = mean_from_json(own.at("loss_of_epoch"));
    state.loss_of_run = mean_from_json(own.at("loss_of_run"));
    // Missing just after a log entry and where the loss has no parts.
    if (own.contains("parts_since_log")) {
      for (const auto& [name, mean] : own.at("parts_since_log").items()) {
        state.parts_since_log.emplace_back(name, mean_from_json(mean));
      }
    }
    state.samples = own.at("samples").get<std::int64_t>();
    state.seconds = own.at("seconds").get<double>();
    state.threads = own.at("threads").get<std::int64_t>();
    state.processor = own.value("processor", "");
    state.best_checkpoint = own.at("best_checkpoint").get<std::string>();
    state.evaluations_without_improvement =
        own.at("evaluations_without_improvement").get<std::int64_t>();
    // Not there in checkpoints of before there was one.
    state.evaluation_is_due = own.value("evaluation_is_due", false);
    state.stopped_early = own.at("stopped_early").get<bool>();
    state.schedule = own.at("schedule");
    check(state.global_step >= 0 && state.sampler_epoch >= 0 && state.sampler_batch >= 0 &&
              state.log_history.is_array(),
          ErrorKind::data, "{}: a position is negative, or log_history is no array", source);
    return state;
  } catch (const Json::exception& error) {
    fail(ErrorKind::data, "{}: this is no state of an attune run: {}", source, error.what());
  }
}

}  // namespace attune
