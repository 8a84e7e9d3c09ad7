#pragma once

#include <functional>
#include <optional>
#include <string>

#include "attune/base/error.h"
#include "attune/data/bad_rows.h"
#include "attune/data/check/finding.h"
#include "attune/eval/report/charts/image_grid.h"
#include "attune/tasks/check/check_options.h"

namespace attune {

/// A picture of an example, for the page; none of what is no picture.
using ExampleTile = std::function<std::optional<ImageTile>(ExampleId)>;

/// Prints what was found out on standard output and writes the files that were asked for. `data`
/// names what was looked through; without `tile` the page shows texts. Returns whether a run on the
/// data would stop.
bool report_check(const DataCheck& check, const std::string& data, const CheckOptions& options,
                  const ExampleTile& tile = {});

/// The page as HTML.
std::string render_check(const DataCheck& check, const std::string& data,
                         const ExampleTile& tile = {});

/// What a run on data that cannot be read as a whole stops at: the rows that cannot be used
/// (`policy`: of the run), where there were any, and the error.
DataCheck failed_check(const std::string& unit, const Error& error, OnBadRow policy);

}  // namespace attune
