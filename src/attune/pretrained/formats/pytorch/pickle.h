#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace attune {

class PickleStack;

// Python's pickle streams (CPython: Lib/pickletools.py), protocols 2 to 5, read into a tree. No
// class is looked up and nothing is called: what would run code becomes an `object` node that
// remembers what was to be called with what.

enum class PickleKind : std::uint8_t {
  none,
  boolean,      ///< integer 0 or 1
  integer,      ///< integer
  big_integer,  ///< text: little-endian two's complement of more than 8 bytes
  real,         ///< real
  text,         ///< text: UTF-8 as Python wrote it, or a byte string of Python 2's
  bytes,        ///< text
  list,         ///< items
  tuple,        ///< items
  set,          ///< items
  dict,         ///< items: key, value, key, value, ...
  global,       ///< text: the module, name: the name in it
  object,       ///< callable(arguments) with `state`; items: what was set by key, as in a dict
  persistent,   ///< arguments: the persistent id
};

/// A value of a pickle. Values are shared as the pickle says; a hostile one may hold itself.
struct PickleValue {
  PickleKind kind = PickleKind::none;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text, name;  ///< into the pickle's bytes
  std::vector<const PickleValue*> items;
  const PickleValue* callable = nullptr;
  const PickleValue* arguments = nullptr;
  const PickleValue* state = nullptr;  ///< of the last BUILD, or nullptr

  bool is_text(std::string_view wanted) const { return kind == PickleKind::text && text == wanted; }
  /// "module.name" of a global, of an object that of what it is made by; "" for all else.
  std::string class_name() const;
};

/// The values of one pickle.
class Pickle {
 public:
  const PickleValue& root() const { return *root_; }
  /// The bytes it took, its STOP included.
  std::size_t size() const { return size_; }
  /// All persistent ids, in order.
  const std::vector<const PickleValue*>& persistent() const { return persistent_; }

 private:
  friend class PickleStack;
  std::deque<PickleValue> values_;
  std::vector<const PickleValue*> persistent_;
  const PickleValue* root_ = nullptr;
  std::size_t size_ = 0;
};

/// Reads the pickle that `bytes` begin with. They must outlive the result. Throws `data`, naming
/// `source` and the byte, where it is damaged, of another protocol or larger than 4 million values.
Pickle parse_pickle(std::string_view bytes, const std::string& source);

/// Key and value of each entry of a dict, or of an object that is one (OrderedDict, defaultdict and
/// subclasses of theirs); empty for all else.
std::vector<std::pair<const PickleValue*, const PickleValue*>> pickle_entries(
    const PickleValue& value);

/// The value of that key or nullptr.
const PickleValue* pickle_find(const PickleValue& value, std::string_view key);

}  // namespace attune
