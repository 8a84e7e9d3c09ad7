#include "attune/eval/report/sections/run/key_value_cards.h"

namespace attune {

Html key_value_cards(std::span<const KeyValueGroup> groups) {
  std::vector<Html> cards;
  for (const KeyValueGroup& group : groups) {
    if (!group.items.empty()) cards.push_back(html_card(group.title, html_key_values(group.items)));
  }
  return cards.empty() ? Html{} : html_flow(cards);
}

}  // namespace attune
