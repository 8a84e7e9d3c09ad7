#include "attune/pretrained/formats/pytorch/pickle.h"

#include <fmt/format.h>

#include "attune/pretrained/formats/pytorch/pickle_machine.h"

namespace attune {

Pickle parse_pickle(std::string_view bytes, const std::string& source) {
  return PickleMachine(bytes, source).run();
}

std::string PickleValue::class_name() const {
  const PickleValue* value = this;
  if (kind == PickleKind::object) value = callable;
  // The legacy form saves a module's class behind a persistent id ("module", class, file, text).
  if (value->kind == PickleKind::persistent && value->arguments->kind == PickleKind::tuple &&
      value->arguments->items.size() > 1 && value->arguments->items[0]->is_text("module")) {
    value = value->arguments->items[1];
  }
  if (value->kind != PickleKind::global) return "";
  return fmt::format("{}.{}", value->text, value->name);
}

std::vector<std::pair<const PickleValue*, const PickleValue*>> pickle_entries(
    const PickleValue& value) {
  std::vector<std::pair<const PickleValue*, const PickleValue*>> entries;
  if (value.kind != PickleKind::dict && value.kind != PickleKind::object) return entries;
  // Python 2 gives an OrderedDict its entries as a list of [key, value] in the call.
  if (value.kind == PickleKind::object && value.class_name() == "collections.OrderedDict" &&
      !value.arguments->items.empty()) {
    for (const PickleValue* pair : value.arguments->items[0]->items) {
      if (pair->items.size() == 2) entries.emplace_back(pair->items[0], pair->items[1]);
    }
  }
  for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
    entries.emplace_back(value.items[i], value.items[i + 1]);
  }
  return entries;
}

const PickleValue* pickle_find(const PickleValue& value, std::string_view key) {
  for (const auto& [name, found] : pickle_entries(value)) {
    if (name->is_text(key)) return found;
  }
  return nullptr;
}

}  // namespace attune
