#pragma once

#include <string_view>

#include "attune/eval/report/page/html.h"

namespace attune {

/// The words that were said, each above what was heard in its place. What differs is marked by
/// signs and lines as well as by colours. Of texts without spaces (Chinese, Thai) each character
/// counts as a word; of long ones the beginning is shown.
Html word_diff(std::string_view reference, std::string_view hypothesis);

/// What the marks mean, in a line.
Html word_diff_legend();

/// The style of both.
std::string_view word_diff_style();

}  // namespace attune
