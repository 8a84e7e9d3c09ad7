#pragma once

#include <optional>
#include <span>

#include "attune/eval/report/page/section.h"
#include "attune/eval/report/sections/run/key_value_cards.h"

namespace attune {

/// "Settings", by stage; none without any.
std::optional<Section> settings_section(std::span<const KeyValueGroup> settings);

}  // namespace attune
