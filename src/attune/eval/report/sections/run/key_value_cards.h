#pragma once

#include <span>
#include <string>
#include <vector>

#include "attune/eval/report/page/html.h"

namespace attune {

/// Names and their values under a heading, e.g. the settings of one stage.
struct KeyValueGroup {
  std::string title;
  std::vector<KeyValue> items;
};

/// A card for each group that has items; no HTML without any.
Html key_value_cards(std::span<const KeyValueGroup> groups);

}  // namespace attune
