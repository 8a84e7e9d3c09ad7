#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attune/nn/module.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// What became of each tensor of a checkpoint and of each parameter and buffer of a model.
struct LoadReport {
  struct Mismatch {
    std::string name;
    std::vector<std::int64_t> got, expected;
  };
  struct KeptRows {
    std::int64_t kept, all;
  };
  struct Conversion {
    std::string name;
    DType from;
  };

  std::string source;                    ///< the file or folder
  std::vector<std::string> loaded;       ///< the model's names
  std::vector<std::string> missing;      ///< in the model, not in the checkpoint
  std::vector<std::string> unexpected;   ///< in the checkpoint, unknown to the model
  std::vector<std::string> ignored;      ///< in the checkpoint, known not to be needed
  std::vector<Mismatch> mismatched;      ///< left as they were
  std::vector<Conversion> converted;     ///< loaded from another floating-point type
  std::vector<std::string> initialized;  ///< drawn afresh by the family (a new head)
  /// Of a head whose rows were chosen by what they mean: those that the checkpoint has too. Where
  /// these are all of them, the head counts as loaded.
  std::optional<KeptRows> kept_rows;
  std::string weights_key;      ///< under which of a file's keys the weights stood; may be empty
  std::string other_weights;    ///< keys of further sets of weights, not loaded
  std::string stripped_prefix;  ///< what all names began with in the file (nn/name_prefix.h)
  std::string outside_prefix;   ///< tensors that are not under it, and left out

  /// Several lines for people.
  std::string text() const;
  /// One line on what was chosen without being asked for: one of several sets of weights, names
  /// without what they begin with; "" where nothing was.
  std::string choice() const;
};

/// Where a checkpoint's tensor belongs.
struct StateName {
  std::string name;      ///< of the model's parameter or buffer
  bool ignored = false;  ///< not needed; `name` is then of no interest
};

struct LoadOptions {
  /// Maps a checkpoint's name to the model's. Default: as it is.
  std::function<StateName(std::string_view)> rename;
  /// Whether the model's tensor may be missing from the checkpoint, or have another shape there; it
  /// is then reported and left as it was. Default: none may.
  std::function<bool(std::string_view)> may_be_missing;
  std::function<bool(std::string_view)> may_differ;
};

/// Copies `file` into the parameters and buffers of `module`. A tied weight (Module::tied) is taken
/// under any of its names, and reported under the first. Floating-point tensors of any width
/// are converted to the parameter's type; nothing of the file is aliased. First all is checked,
/// then copied: where it throws, the module is unchanged. Throws `data`, naming file and tensors,
/// where a tensor that must be there is missing or has another shape, where two of the file's
/// tensors mean the same parameter (those of a tied weight's names may, if they hold the same),
/// where its type is neither floating-point nor the parameter's own, or where a value is NaN or
/// infinite.
LoadReport load_state(nn::Module& module, const CheckpointFile& file,
                      const LoadOptions& options = {});

/// A copy of a stored tensor, in its own type. Throws `data` where LibTorch has no such type.
at::Tensor to_tensor(const TensorView& view);

/// A module's parameters and buffers as views for a writer: a tied weight once, under its first
/// name.
struct ModuleState {
  std::vector<TensorView> views;
  std::vector<at::Tensor> keep_alive;  ///< what the views point into
};
ModuleState module_state(const nn::Module& module);

}  // namespace attune
