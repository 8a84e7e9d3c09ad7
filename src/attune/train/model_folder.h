#pragma once

#include "attune/base/files.h"

namespace attune {

/// The one writer of what other tools need to open the model that a run trains: weights, config,
/// tokenizer or preprocessing, labels, run.yaml. Checkpoints and the run's own folder are written
/// by it, so that each of them is whole.
class ModelFolder {
 public:
  virtual ~ModelFolder() = default;

  /// Writes all of it into `folder`, which exists.
  virtual void save(const fs::path& folder) const = 0;
  /// Loads the weights that `save` wrote into the model, strictly: every tensor must be there with
  /// its shape (`data` otherwise).
  virtual void load(const fs::path& folder) = 0;
};

}  // namespace attune
