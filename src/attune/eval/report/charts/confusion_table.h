#pragma once

#include <string>
#include <vector>

#include "attune/eval/metrics/labels/confusion_matrix.h"
#include "attune/eval/report/page/html.h"

namespace attune {

/// Up to 30 classes: the matrix as a heat map with counts and shares of the row. More: the pairs
/// most often confused. `names`: one a class.
Html confusion_table(const ConfusionMatrix& confusion, const std::vector<std::string>& names);

/// The pairs most often confused, at most `limit`; a sentence where there is none.
Html most_confused_table(const ConfusionMatrix& confusion, const std::vector<std::string>& names,
                         std::size_t limit);

}  // namespace attune
