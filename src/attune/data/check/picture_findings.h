#pragma once

#include <optional>
#include <vector>

#include "attune/data/check/finding.h"
#include "attune/data/image/image_parts.h"

namespace attune {

/// Looks through pictures. `scans`: one for each part, or none; what nobody looked at (`scans`
/// without looks, say) is not judged. `policy`: of the run with pictures it cannot use; none: they
/// have been told. `parts` must outlive the result, whose `show` reads them.
DataCheck check_pictures(const ImageParts& parts, const std::vector<ImageScan>& scans,
                         std::optional<OnBadRow> policy);

}  // namespace attune
