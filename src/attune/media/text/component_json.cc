#include "attune/media/text/component_json.h"

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"

namespace attune {

ComponentJson::ComponentJson(const Json& value, std::string where)
    : value_(value), where_(std::move(where)) {
  check(value.is_object(), ErrorKind::data, "{}: expected an object, got {}", where_,
        value.type_name());
}

bool ComponentJson::has(const char* key) const {
  // Rust's serde writes an Option that is None as null.
  const auto found = value_.find(key);
  return found != value_.end() && !found->is_null();
}

const Json& ComponentJson::field(const char* key) const {
  const auto found = value_.find(key);
  check(found != value_.end(), ErrorKind::data, "{}: the field \"{}\" is missing", where_, key);
  return *found;
}

ComponentJson ComponentJson::object(const char* key) const {
  return {field(key), fmt::format("{}.{}", where_, key)};
}

std::string ComponentJson::text(const char* key) const {
  const Json& value = field(key);
  check(value.is_string(), ErrorKind::data, "{}.{}: expected a string, got {}", where_, key,
        value.type_name());
  return value.get<std::string>();
}

bool ComponentJson::flag(const char* key) const {
  const Json& value = field(key);
  check(value.is_boolean(), ErrorKind::data, "{}.{}: expected true or false, got {}", where_, key,
        value.type_name());
  return value.get<bool>();
}

bool ComponentJson::flag_or(const char* key, bool fallback) const {
  return has(key) ? flag(key) : fallback;
}

std::int64_t ComponentJson::integer(const char* key, std::int64_t low, std::int64_t high) const {
  const Json& value = field(key);
  check(value.is_number_integer(), ErrorKind::data, "{}.{}: expected an integer, got {}", where_,
        key, value.is_primitive() ? value.dump() : value.type_name());
  // A number above INT64_MAX is kept as unsigned and would come out of get<int64> as a negative
  // one.
  const bool too_large =
      value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(high);
  const auto number = value.get<std::int64_t>();
  check(!too_large && number >= low && number <= high, ErrorKind::data,
        "{}.{}: {} is out of range, expected {} to {}", where_, key, value.dump(), low, high);
  return number;
}

std::vector<ComponentJson> ComponentJson::objects(const char* key) const {
  const Json& list = field(key);
  check(list.is_array(), ErrorKind::data, "{}.{}: expected an array, got {}", where_, key,
        list.type_name());
  std::vector<ComponentJson> out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    out.emplace_back(list[i], fmt::format("{}.{}[{}]", where_, key, i));
  }
  return out;
}

void fail_unknown_component(std::string_view role, const ComponentJson& json,
                            std::span<const std::string> supported) {
  const std::string type = json.text("type");
  fail(ErrorKind::data, "{}: the {} \"{}\" is not supported{}; supported are: {}", json.where(),
       role, type, did_you_mean(type, supported), join(supported, ", "));
}

}  // namespace attune
