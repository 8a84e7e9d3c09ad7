#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace attune {

/// What an example is labelled with: nothing, one class, a set of classes, or a number.
enum class LabelKind { none, single_label, multi_label, regression };

/// What a label cell reads like.
enum class LabelShape { integer, decimal, name };
LabelShape label_shape(std::string_view text);

/// The finite number that `text` is (surrounding space allowed), or nothing.
std::optional<double> parse_number(std::string_view text);

/// Class names in the order of their ids. They are compared by `label_key`; names that are found in
/// data are kept so, given ones as they are given.
class LabelNames {
 public:
  LabelNames() = default;
  /// Throws `user` for an empty or repeated name.
  explicit LabelNames(std::vector<std::string> names);

  const std::vector<std::string>& names() const { return names_; }
  std::int64_t size() const { return static_cast<std::int64_t>(names_.size()); }
  bool empty() const { return names_.empty(); }
  std::optional<std::int64_t> find(std::string_view name) const;
  /// From here on "3" and "LABEL_3", which are no names, mean the class with the id 3.
  void allow_numbers();
  /// The class that a cell or folder means: by name, and by number where that is allowed.
  std::optional<std::int64_t> find_class(std::string_view text);
  /// "0 is negative, 1 is positive" where a class was found by its number, else "".
  std::string numbers_text() const;
  /// The id of `name`, which is added where it is new.
  std::int64_t find_or_add(std::string_view name);
  /// Sorts the names: by value where all are whole numbers, by bytes otherwise. Returns the new id
  /// of every old one.
  std::vector<std::int64_t> sort();
  /// "known labels: a, b, c" (the first 30); of LABEL_0, LABEL_1, ... with what gives them names.
  std::string list_text() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  bool numbers_ = false, numbers_used_ = false;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> ids_;
};

/// Throws `data` unless at least two classes have an example. `counts` are those of each class.
void check_two_classes(std::span<const std::int64_t> counts, std::span<const std::string> names,
                       const std::string& dataset);

}  // namespace attune
