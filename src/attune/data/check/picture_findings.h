#pragma once

#include <vector>

#include "attune/data/check/finding.h"
#include "attune/data/image/image_parts.h"

namespace attune {

/// Looks through pictures that were scanned with their looks (`scans`: one for each part). `policy`
/// is that of the run that is checked; the parts are read and scanned with `skip`. `parts` must
/// outlive the result, whose `show` reads them.
DataCheck check_pictures(const ImageParts& parts, const std::vector<ImageScan>& scans,
                         OnBadRow policy);

}  // namespace attune
