#pragma once

#include <string>
#include <utility>
#include <vector>

#include "attune/data/statistics.h"
#include "attune/eval/report/sections/results/mistakes_section.h"
#include "attune/eval/report/sections/run/data_section.h"
#include "attune/feed/text/text_data.h"
#include "attune/tasks/classification/evaluation.h"

namespace attune {

/// Texts by the name of their part: "train", "validation", "test".
using NamedTexts = std::vector<std::pair<std::string, const TextData*>>;

/// What the report says of the texts; `statistics` are of `splits`, in their order.
DataSummary summarize_texts(const DatasetStatistics& statistics, const NamedTexts& splits,
                            std::int64_t max_length);

/// A wrongly predicted text of `data` in words; `input` is what was evaluated.
ReportMistake describe_text_mistake(const Mistake& mistake, const TextData& data,
                                    const EvaluationInput& input);

}  // namespace attune
