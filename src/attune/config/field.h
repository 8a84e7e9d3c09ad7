#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "attune/base/json.h"

namespace attune::config {

/// What values a number may have; empty means any finite value.
struct Bounds {
  std::optional<double> min, max;
  bool min_is_open = false, max_is_open = false;

  bool contains(double value) const;
  std::string text() const;  ///< "at least 0", "above 0 and at most 1", ""
};

inline Bounds at_least(double min) {
  return {.min = min};
}
inline Bounds above(double min) {
  return {.min = min, .min_is_open = true};
}
inline Bounds in_range(double min, double max) {
  return {.min = min, .max = max};
}
/// Of options where 0 means all cores. More than any machine has cores: each thread reserves a
/// stack, and pools of a hundred thousand end in a crash.
inline Bounds thread_count() {
  return in_range(0, 1024);
}
/// [min, max), e.g. a dropout probability.
inline Bounds below(double min, double max) {
  return {.min = min, .max = max, .max_is_open = true};
}

/// Something that a run may have and options depend on, e.g. {"source", "a CSV table"}. Of the
/// traits of one aspect the run has at least one; options say which of them they serve.
struct Trait {
  std::string_view aspect;
  std::string_view text;  ///< for people, with article
  friend bool operator==(const Trait&, const Trait&) = default;
};

/// Another option without which an option has no effect.
struct Dependence {
  std::string option;
  std::vector<std::string> values;  ///< that it must have one of; empty: it must be set
};

/// One option of a run. Flags, files, help, schema, `run.yaml` and the reference docs are all made
/// from these, and these are made by the `visit()` of the struct that owns the value.
struct Field {
  std::string section;  ///< stage of the pipeline, e.g. "train"
  std::string name;     ///< "learning_rate"
  std::string help;
  std::string type;  ///< "integer", "number", "text", "flag", "choice", "list", "texts"
  std::vector<std::string> choices;  ///< of a choice
  Bounds bounds;
  bool nullable = false;
  Json default_value;
  std::function<Json()> get;
  /// Sets the value; returns what is wrong with it, or "".
  std::function<std::string(const Json&)> set;
  /// Where nothing is said the value is settled when more is known: null says nothing.
  bool is_settled_later = false;
  bool given = false;  ///< some source (preset, file, flag) has set it
  /// A flag has set it, or a file to another value than the default (files may list all options):
  /// it must have an effect.
  bool asked_for = false;
  std::vector<Dependence> dependences;  ///< one of them must hold; empty: none is needed
  std::vector<Trait> traits;            ///< that it serves; empty: all
  bool is_written = false;              ///< it names a file that the run writes
  std::vector<std::string> endings;     ///< of the formats that it is written in

  /// The option has no effect unless `option` has one of `values`; without values: unless it is
  /// set. Of several calls one must hold.
  Field& only_with(std::string option, std::vector<std::string> values = {});
  /// The option has no effect on what has none of these traits.
  Field& only_for(std::initializer_list<Trait> served);
  /// The option names a file that the run writes, in the formats of these endings (".json").
  Field& written(std::initializer_list<const char*> endings);

  /// Null may be given, and is what is shown, where the default depends on what else is known: the
  /// help text says how.
  Field& settled_later();

  std::string flag() const;     ///< "--learning-rate"
  std::string allowed() const;  ///< "a number above 0", "one of: full, layer-wise"
};

/// An enumeration names its values by a function found by argument-dependent lookup:
///   constexpr auto enum_names(Strategy) {
///     return std::to_array<std::pair<Strategy, std::string_view>>({{Strategy::full, "full"},
///     ...});
///   }
template <typename E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) {
  enum_names(e);
};

/// Other spellings that are read but not shown: `constexpr auto enum_synonyms(Strategy)` beside
/// `enum_names`.
template <typename E>
concept HasSynonyms = requires(E e) {
  enum_synonyms(e);
};

/// Values of others that are not offered, each with what to do about it: `constexpr auto
/// enum_refusals(Strategy)` beside `enum_names`, of pairs of names and texts.
template <typename E>
concept HasRefusals = requires(E e) {
  enum_refusals(e);
};

/// What to do about such a value, in brackets, or "".
template <typename T>
std::string refusal_of(const Json& json) {
  if constexpr (HasRefusals<T>) {
    for (const auto& [name, text] : enum_refusals(T{})) {
      if (json == name) return fmt::format(" ({} is not offered: {})", name, text);
    }
  }
  return "";
}

template <NamedEnum E>
std::string enum_name(E value) {
  for (const auto& [candidate, name] : enum_names(value)) {
    if (candidate == value) return std::string(name);
  }
  return "?";
}

template <NamedEnum E>
std::optional<E> enum_value(std::string_view text) {
  for (const auto& [value, name] : enum_names(E{})) {
    if (name == text) return value;
  }
  if constexpr (HasSynonyms<E>) {
    for (const auto& [value, name] : enum_synonyms(E{})) {
      if (name == text) return value;
    }
  }
  return std::nullopt;
}

/// Texts that may hold commas: each use of the flag gives one.
struct Texts : std::vector<std::string> {
  using std::vector<std::string>::vector;
};

/// Conversion of one C++ type from and to JSON. `read` returns false where the value is of another
/// type; text that spells the type is accepted, since flags and YAML deliver text.
namespace convert {

bool read(const Json& json, bool& value);
bool read(const Json& json, std::int64_t& value);
bool read(const Json& json, double& value);
bool read(const Json& json, std::string& value);
bool read(const Json& json, std::vector<std::string>& value);
bool read(const Json& json, Texts& value);

template <NamedEnum E>
bool read(const Json& json, E& value) {
  std::string text;
  if (!read(json, text)) return false;
  const auto found = enum_value<E>(text);
  if (found) value = *found;
  return found.has_value();
}

template <typename T>
bool read(const Json& json, std::optional<T>& value) {
  value.reset();
  if (json.is_null()) return true;
  T parsed{};
  if (!read(json, parsed)) return false;
  value = std::move(parsed);
  return true;
}

template <typename T>
Json write(const T& value) {
  if constexpr (NamedEnum<T>) {
    return enum_name(value);
  } else {
    return value;
  }
}

inline Json write(const Texts& value) {
  return std::vector<std::string>(value);
}

template <typename T>
Json write(const std::optional<T>& value) {
  return value ? write(*value) : Json(nullptr);
}

template <typename T>
std::string type_name() {
  if constexpr (std::is_same_v<T, bool>) return "flag";
  if constexpr (std::is_same_v<T, std::int64_t>) return "integer";
  if constexpr (std::is_same_v<T, double>) return "number";
  if constexpr (std::is_same_v<T, std::string>) return "text";
  if constexpr (NamedEnum<T>) return "choice";
  if constexpr (std::is_same_v<T, Texts>) return "texts";
  return "list";
}

}  // namespace convert

/// The visitor that turns each `v("name", member, "help", bounds)` of a struct into a `Field`.
/// Members are bool, std::int64_t, double, std::string, std::vector<std::string>, an enumeration
/// with `enum_names`, or std::optional of one of them (null: not set). The struct must outlive the
/// fields. The field that is returned may be told what it needs to have an effect:
///   v("momentum", momentum, "Momentum").only_with("optim", {"sgd"});
class FieldCollector {
 public:
  FieldCollector(std::string section, std::vector<Field>& fields)
      : section_(std::move(section)), fields_(fields) {}

  template <typename T>
  Field& operator()(std::string name, T& value, std::string help, Bounds bounds = {}) {
    Field field = describe<T>(std::move(name), std::move(help), bounds);
    return add(std::move(field), value, [&value](T parsed) { value = std::move(parsed); });
  }

  template <typename T>
  Field& operator()(std::string name, std::optional<T>& value, std::string help,
                    Bounds bounds = {}) {
    Field field = describe<T>(std::move(name), std::move(help), bounds);
    field.nullable = true;
    return add(std::move(field), value,
               [&value](std::optional<T> parsed) { value = std::move(parsed); });
  }

 private:
  template <typename T>
  Field describe(std::string name, std::string help, Bounds bounds) const {
    Field field;
    field.section = section_;
    field.name = std::move(name);
    field.help = std::move(help);
    field.type = convert::type_name<T>();
    field.bounds = bounds;
    if constexpr (NamedEnum<T>) {
      for (const auto& [value, text] : enum_names(T{})) field.choices.emplace_back(text);
    }
    return field;
  }

  /// `Value` is T or std::optional<T>; null is a value of the latter alone.
  template <typename Value, typename Store>
  Field& add(Field field, Value& value, Store store) {
    field.get = [&value] { return convert::write(value); };
    field.set = [store, allowed = field.allowed(), bounds = field.bounds](const Json& json) {
      Value parsed{};
      const bool ok = convert::read(json, parsed) && within(bounds, parsed);
      if (ok) store(std::move(parsed));
      return ok ? std::string() : "expected " + allowed + refusal_of<Value>(json);
    };
    field.default_value = field.get();
    return fields_.emplace_back(std::move(field));
  }

  template <typename T>
  static bool within(const Bounds& bounds, const std::optional<T>& value) {
    return !value || within(bounds, *value);
  }

  template <typename T>
  static bool within(const Bounds& bounds, const T& value) {
    if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, double>) {
      return bounds.contains(static_cast<double>(value));
    } else {
      return true;
    }
  }

  std::string section_;
  std::vector<Field>& fields_;
};

/// One text for each file to be written that another option names too, under whatever path: what is
/// read would be lost, or the other output; devices and pipes may be both. And one for each whose
/// name promises a format that it is not written in.
std::vector<std::string> find_output_problems(const std::vector<Field>& fields);

/// One text for each option that is asked for and has no effect, since no other option that it
/// needs is set. Of options that are not among `fields` nothing is known.
std::vector<std::string> find_without_effect(const std::vector<Field>& fields);

}  // namespace attune::config
