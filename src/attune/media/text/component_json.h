#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/json.h"

namespace attune {

/// Typed reading of one component of a tokenizer.json. Every error is `data` and begins with the
/// place, e.g. `dir/tokenizer.json: normalizer.normalizers[1]`.
class ComponentJson {
 public:
  /// Throws unless `value` is an object. `value` must outlive this.
  ComponentJson(const Json& value, std::string where);

  const std::string& where() const { return where_; }
  const Json& json() const { return value_; }
  bool has(const char* key) const;  ///< present and not null

  const Json& field(const char* key) const;
  ComponentJson object(const char* key) const;
  std::string text(const char* key) const;
  bool flag(const char* key) const;
  bool flag_or(const char* key, bool fallback) const;
  /// An integer within [low, high].
  std::int64_t integer(const char* key, std::int64_t low, std::int64_t high) const;
  /// The objects of the array `key`, each named WHERE.key[i].
  std::vector<ComponentJson> objects(const char* key) const;

 private:
  const Json& value_;
  std::string where_;
};

/// One line of a registry: the `type` of a tokenizer.json component and what builds it.
template <typename Role>
struct ComponentType {
  std::string_view name;
  std::unique_ptr<Role> (*make)(const ComponentJson&);
};

[[noreturn]] void fail_unknown_component(std::string_view role, const ComponentJson& json,
                                         std::span<const std::string> supported);

/// Builds the component that the `type` of `json` names; an unlisted type is refused by name.
template <typename Role>
std::unique_ptr<Role> make_component(std::string_view role,
                                     std::span<const ComponentType<Role>> types,
                                     const ComponentJson& json) {
  const std::string type = json.text("type");
  std::vector<std::string> names;
  for (const auto& entry : types) {
    if (entry.name == type) return entry.make(json);
    names.emplace_back(entry.name);
  }
  fail_unknown_component(role, json, names);
}

}  // namespace attune
