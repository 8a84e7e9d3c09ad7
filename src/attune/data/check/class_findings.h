#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "attune/data/check/finding.h"
#include "attune/data/labels/labels.h"

namespace attune {

/// How many examples of a part each class has.
using PartCounts = std::pair<std::string, std::vector<std::int64_t>>;

/// Says that classes are too small to learn from, unbalanced, missing in a part, or named alike.
/// `counts`: by part, the training part first. Of labels that are no classes there is nothing to
/// say.
void find_class_findings(LabelKind kind, const std::vector<std::string>& names,
                         const std::vector<PartCounts>& counts, DataCheck& check);

}  // namespace attune
