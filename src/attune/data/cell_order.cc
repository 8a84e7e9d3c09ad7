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
  for (const std::string& name : columns) requests.push_back({name, is_list});
}

}  // namespace attune
