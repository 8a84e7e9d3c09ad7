#include "attune/pretrained/formats/pytorch/pytorch_labels.h"

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/json.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

using Names = std::vector<std::string>;

// The sure ones first: "labels" and "targets" may be a data set's.
constexpr std::array<std::string_view, 6> kListKeys{"class_names", "classes", "label_names",
                                                    "pathologies", "labels",  "targets"};
constexpr std::array<std::string_view, 5> kMapKeys{"class_to_idx", "idx_to_class", "label2id",
                                                   "id2label", "names"};
constexpr std::size_t kMaxNames = 1 << 20, kMaxBytes = 1 << 20;

bool is_name(const PickleValue& value) {
  return value.kind == PickleKind::text && !find_invalid_utf8(value.text);
}

Names names_in_list(const PickleValue& value) {
  const bool is_list = value.kind == PickleKind::list || value.kind == PickleKind::tuple;
  if (!is_list || value.items.size() > kMaxNames) return {};
  Names names;
  for (const PickleValue* item : value.items) {
    if (!is_name(*item)) return {};
    names.emplace_back(item->text);
  }
  return names;
}

// Either side may be the number; each from 0 on stands once.
Names names_in_map(const PickleValue& value) {
  if (value.kind != PickleKind::dict || value.items.size() > 2 * kMaxNames) return {};
  const auto entries = pickle_entries(value);
  Names names(entries.size());
  std::vector<bool> seen(entries.size());
  for (const auto& [key, item] : entries) {
    const bool is_inverse = key->kind == PickleKind::integer;
    const PickleValue &number = is_inverse ? *key : *item, &name = is_inverse ? *item : *key;
    if (number.kind != PickleKind::integer || !is_name(name) || number.integer < 0) return {};
    const auto id = static_cast<std::size_t>(number.integer);
    if (id >= names.size() || seen[id]) return {};
    seen[id] = true;
    names[id] = std::string(name.text);
  }
  return names;
}

Names names_in(const PickleValue& holder) {
  for (const std::string_view key : kListKeys) {
    const PickleValue* value = pickle_find(holder, key);
    if (value == nullptr) continue;
    if (Names names = names_in_list(*value); !names.empty()) return names;
  }
  for (const std::string_view key : kMapKeys) {
    const PickleValue* value = pickle_find(holder, key);
    if (value == nullptr) continue;
    if (Names names = names_in_map(*value); !names.empty()) return names;
  }
  return {};
}

}  // namespace

std::string find_label_names(const PickleValue& holder) {
  const Names names = names_in(holder);
  if (names.empty()) return "";
  std::string json = dump_json_line(Json(names));
  return json.size() <= kMaxBytes ? json : "";
}

}  // namespace attune
