#pragma once

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

}  // namespace attune::config
