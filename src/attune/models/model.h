#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/nn/module.h"

namespace attune {

/// A slice of a model's depth: the parameters whose names begin with one of `prefixes`.
struct DepthGroup {
  std::string name;                   ///< for people: "embeddings", "layer 3", "head"
  std::vector<std::string> prefixes;  ///< "bert.encoder.layer.3."
};

/// What every family gives. Parameter names are those of its canonical published checkpoint.
/// A model knows nothing of data, freezing or training.
class Model : public nn::Module {
 public:
  /// From input to head. Every parameter belongs to exactly one group; the last one is the head.
  /// Each freeze policy, layer-wise rate and cache of frozen features works from this list alone.
  virtual std::vector<DepthGroup> depth_groups() const = 0;

  /// What config.json says of the model as it stands, unknown keys of the one it was read from
  /// kept.
  virtual Json config_json() const = 0;

  /// The name that a parameter or buffer has in a saved checkpoint. Another one than the model's
  /// own only where the usual readers of its config.json expect that.
  virtual std::string saved_name(const std::string& name) const { return name; }
};

}  // namespace attune
