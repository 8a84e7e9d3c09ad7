#pragma once

#include "attune/eval/report/sections/report_data.h"

namespace attune {

// The parts of a report. Each is empty HTML where the data has nothing for it.

/// The numbers at the top: the most telling metrics and how long it took.
std::vector<ReportNumber> summary_numbers(const ReportData& data);

Html results_html(const ReportData& data);
Html decisions_html(const ReportData& data);
Html mistakes_html(const ReportData& data);
Html augmented_html(const ReportData& data);
Html training_html(const ReportData& data);
Html data_html(const DataSummary& data);
Html settings_html(const std::vector<KeyValueGroup>& settings);
Html environment_html(const ReportData& data);

}  // namespace attune
