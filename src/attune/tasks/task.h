#pragma once

#include <memory>
#include <string>

#include "attune/config/schema.h"

namespace attune {

enum class Verb { train, evaluate, predict, check };

/// A task joins the stages, from the files of a user to the report. One folder and one line in
/// registry.cc each.
class Task {
 public:
  virtual ~Task() = default;

  /// Adds the options of `verb`; the task owns the values and must outlive `schema`.
  virtual void add_options(config::Schema& schema, Verb verb) = 0;

  /// Fine-tunes, evaluates and saves. `schema` holds the run's settings, all sources applied.
  /// Returns the signal that stopped the run early (a checkpoint is saved), or 0.
  virtual int train(config::Schema& schema) = 0;
  virtual void evaluate(config::Schema& schema) = 0;
  virtual void predict(config::Schema& schema) = 0;
  /// Looks through the data that `train` would learn from, with its options. Returns whether a run
  /// would stop at them.
  virtual bool check_data(config::Schema& schema) = 0;
};

}  // namespace attune
