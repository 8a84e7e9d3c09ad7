#pragma once

#include <string_view>

namespace attune {

/// The style sheet of all pages.
std::string_view page_style();

}  // namespace attune
