#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/train/checkpoint/trainer_state.h"
#include "attune/train/model_folder.h"
#include "attune/train/optim/optimizer.h"
#include "attune/train/step.h"
#include "attune/train/weight_average.h"

namespace attune {

// A checkpoint is a folder `checkpoint-STEP`: the model as the task saves it,
// `optimizer.safetensors` (state by parameter name), `average.safetensors` (averaged weights, where
// they are asked for), `step.safetensors` (what the step carries from update to update, if
// anything), `trainer_state.json`, `settings.json` (what the numbers of the run depend on) and
// `manifest.json` with size and SHA-256 of all others. It appears when it is whole.

/// What a checkpoint holds beside the trainer's state.
struct CheckpointParts {
  TrainStep& step;
  ModelFolder& model;
  Optimizer& optimizer;
  WeightAverage* average = nullptr;  ///< null without
};

/// Replaces a checkpoint of that name.
void save_checkpoint(const fs::path& folder, const CheckpointParts& parts,
                     const TrainerState& state, const Json& settings);

/// Whether the folder holds a checkpoint of a run of this program's, complete or damaged.
bool is_checkpoint(const fs::path& folder);

/// Throws `user` where the folder holds no checkpoint of a run, saying what it holds instead.
void check_is_checkpoint(const fs::path& folder);

/// The same, and throws `data`, naming the file, where one that the manifest names is missing or
/// has changed.
void verify_checkpoint(const fs::path& folder);

/// Verifies the folder, then loads all `parts`. Throws `user`, naming every setting that differs,
/// where the run was made with other `settings` than these. Its length (`num_train_epochs`,
/// `max_steps`) may differ where the run that goes on is as long, by its `total_updates`, or
/// longer.
TrainerState load_checkpoint(const fs::path& folder, const CheckpointParts& parts,
                             const Json& settings, std::int64_t total_updates);

/// Verifies the folder, then loads the model it is of: the averaged weights where `average` is not
/// null, which then has no further use.
void load_final_model(const fs::path& folder, ModelFolder& model, WeightAverage* average);

/// "checkpoint-100", "fold-2".
struct NumberedFolder {
  std::int64_t number;
  fs::path path;
};

/// The folders in `folder` whose name is `prefix` and a number, smallest first; none where there is
/// no such folder.
std::vector<NumberedFolder> list_numbered(const fs::path& folder, std::string_view prefix);

/// The checkpoints in a run's folder, numbered by step.
std::vector<NumberedFolder> list_checkpoints(const fs::path& output_dir);
std::optional<fs::path> find_last_checkpoint(const fs::path& output_dir);

/// Removes checkpoints until `limit` are left: first those of steps behind `newest`, which a run
/// has that was resumed from an older one, then the oldest. Neither that of step `newest` nor
/// `best` (a name, "" for none) is removed.
void remove_old_checkpoints(const fs::path& output_dir, std::int64_t limit, std::int64_t newest,
                            const std::string& best);

}  // namespace attune
