#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attune/base/json.h"

namespace attune {

/// A name for what a bare state dict does not say of itself.
struct Architecture {
  std::string name;    ///< "resnet50"
  std::string about;   ///< one line for people
  Json config;         ///< as config.json, "model_type" in it names the family
  Json preprocessing;  ///< as preprocessor_config.json
};

/// All of them, in the order in which they are listed to people.
const std::vector<Architecture>& architectures();

std::vector<std::string> architecture_names();

/// Throws `user`, with the nearest name and the list, where there is none of that name.
const Architecture& find_architecture(std::string_view name);

}  // namespace attune
