#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "attune/pretrained/formats/pytorch/pickle.h"
#include "attune/pretrained/formats/pytorch/pickle_bytes.h"

namespace attune {

/// What the instructions of a pickle work on: the stack of values, the marks on it, the memo, and
/// the values made so far. What is asked of it and is not there throws as `PickleBytes` does.
/// Functions that give a bool give true: an instruction is done.
class PickleStack {
 public:
  using Items = std::vector<const PickleValue*>;

  /// `bytes` must outlive the object.
  explicit PickleStack(const PickleBytes& bytes) : bytes_(bytes) {}

  PickleValue& make(PickleKind kind);

  bool push(PickleValue& value);
  bool push_text(PickleKind kind, std::string_view text);
  bool push_integer(PickleKind kind, std::int64_t integer);
  bool push_items(PickleKind kind, Items items);
  bool push_global(std::string_view module, std::string_view name);
  bool push_object(const PickleValue* callable, const PickleValue* arguments);
  /// A value that stands for what the program that wrote the pickle stored elsewhere.
  bool push_persistent(const PickleValue* id);

  PickleValue* pop();
  PickleValue& top();
  /// The top `count` values, the lowest first.
  Items pop_count(std::size_t count);
  void mark() { marks_.push_back(stack_.size()); }
  /// The values above the last mark, which goes too.
  Items pop_to_mark();
  /// The mark, where nothing lies above it: else the value on top.
  void pop_value_or_mark();

  /// Stores the value on top.
  bool remember(std::uint32_t index);
  /// The same under the next free number.
  bool remember() { return remember(static_cast<std::uint32_t>(memo_.size())); }
  bool recall(std::uint32_t index);

  /// What was read: the value on top is its root.
  Pickle finish();

 private:
  void need_value() const;

  const PickleBytes& bytes_;
  Pickle result_;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, PickleValue*> memo_;
};

}  // namespace attune
