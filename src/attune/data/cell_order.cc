#include "attune/data/cell_order.h"

namespace attune {

std::size_t CellOrder::add(const std::string& name) {
  if (name.empty()) return 0;
  requests.push_back({name});
  return requests.size() - 1;
}

void CellOrder::add_labels(LabelKind kind, const std::vector<std::string>& columns) {
  labels = requests.size();
  if (kind == LabelKind::none) return;
  const bool is_list = kind == LabelKind::multi_label && columns.size() == 1;
  const char* const hint = kind == LabelKind::single_label
                               ? "set --problem-type multi_label_classification where an example "
                                 "may have several labels"
                               : "";
  for (const std::string& name : columns) {
    requests.push_back({.name = name, .allow_array = is_list, .array_hint = hint});
  }
}

}  // namespace attune
