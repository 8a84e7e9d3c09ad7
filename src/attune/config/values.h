#pragma once

#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/config/field.h"

namespace attune::config {

/// The values of an options struct by name, in the order of its `visit()`.
template <typename Options>
Json values_of(Options options) {  // a copy: fields refer to members that can be set
  std::vector<Field> fields;
  FieldCollector collector("", fields);
  options.visit(collector);
  Json values = Json::object();
  for (const Field& field : fields) values[field.name] = field.get();
  return values;
}

/// `find_without_effect` of an options struct by itself: what differs from its default is asked
/// for.
template <typename Options>
std::vector<std::string> find_without_effect(Options options) {
  std::vector<Field> fields;
  FieldCollector collector("", fields);
  options.visit(collector);
  const Json defaults = values_of(Options());
  for (Field& field : fields) field.asked_for = field.get() != defaults.at(field.name);
  return find_without_effect(fields);
}

}  // namespace attune::config
