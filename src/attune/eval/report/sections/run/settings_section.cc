#include "attune/eval/report/sections/run/settings_section.h"

#include <utility>

namespace attune {

std::optional<Section> settings_section(std::span<const KeyValueGroup> settings) {
  Html body = key_value_cards(settings);
  if (body.code.empty()) return std::nullopt;
  return Section{"Settings", std::move(body), Place::settings};
}

}  // namespace attune
