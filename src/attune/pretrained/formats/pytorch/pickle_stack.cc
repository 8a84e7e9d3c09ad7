#include "attune/pretrained/formats/pytorch/pickle_stack.h"

namespace attune {
namespace {

constexpr std::size_t kMaxValues = 4'000'000;

}  // namespace

PickleValue& PickleStack::make(PickleKind kind) {
  bytes_.need(result_.values_.size() < kMaxValues, "holds more than 4 million values");
  PickleValue& value = result_.values_.emplace_back();
  value.kind = kind;
  return value;
}

bool PickleStack::push(PickleValue& value) {
  stack_.push_back(&value);
  return true;
}

bool PickleStack::push_text(PickleKind kind, std::string_view text) {
  PickleValue& value = make(kind);
  value.text = text;
  return push(value);
}

bool PickleStack::push_integer(PickleKind kind, std::int64_t integer) {
  PickleValue& value = make(kind);
  value.integer = integer;
  return push(value);
}

bool PickleStack::push_items(PickleKind kind, Items items) {
  PickleValue& value = make(kind);
  value.items = std::move(items);
  return push(value);
}

bool PickleStack::push_global(std::string_view module, std::string_view name) {
  PickleValue& value = make(PickleKind::global);
  value.text = module;
  value.name = name;
  return push(value);
}

bool PickleStack::push_object(const PickleValue* callable, const PickleValue* arguments) {
  bytes_.need(arguments->kind == PickleKind::tuple, "calls with something that is no tuple");
  PickleValue& value = make(PickleKind::object);
  value.callable = callable;
  value.arguments = arguments;
  return push(value);
}

bool PickleStack::push_persistent(const PickleValue* id) {
  PickleValue& value = make(PickleKind::persistent);
  value.arguments = id;
  result_.persistent_.push_back(&value);
  return push(value);
}

void PickleStack::need_value() const {
  // CPython's machine keeps what lies below a mark out of reach in the same way (its `metastack`).
  bytes_.need(stack_.size() > (marks_.empty() ? 0 : marks_.back()),
              "takes a value that is not there");
}

PickleValue* PickleStack::pop() {
  need_value();
  PickleValue* value = stack_.back();
  stack_.pop_back();
  return value;
}

PickleValue& PickleStack::top() {
  need_value();
  return *stack_.back();
}

PickleStack::Items PickleStack::pop_count(std::size_t count) {
  Items items(count);
  while (count > 0) items[--count] = pop();
  return items;
}

PickleStack::Items PickleStack::pop_to_mark() {
  bytes_.need(!marks_.empty(), "takes values down to a mark that is not there");
  Items items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
  stack_.resize(marks_.back());
  marks_.pop_back();
  return items;
}

void PickleStack::pop_value_or_mark() {
  // As CPython's load_pop.
  if (!marks_.empty() && marks_.back() == stack_.size()) {
    marks_.pop_back();
  } else {
    pop();
  }
}

bool PickleStack::remember(std::uint32_t index) {
  memo_[index] = &top();
  return true;
}

bool PickleStack::recall(std::uint32_t index) {
  const auto found = memo_.find(index);
  bytes_.need(found != memo_.end(), "recalls a value that it did not store");
  return push(*found->second);
}

Pickle PickleStack::finish() {
  result_.root_ = pop();
  result_.size_ = bytes_.position();
  return std::move(result_);
}

}  // namespace attune
