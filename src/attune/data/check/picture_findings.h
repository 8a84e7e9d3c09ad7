#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attune/data/check/finding.h"
#include "attune/data/image/image_parts.h"

namespace attune {

/// What scans tell of any pictures: those of one colour, tiny ones, parts of other depths, rarer
/// colour modes, files of another format than named. `names`: of the parts.
void find_scan_findings(const std::vector<std::string>& names, const std::vector<ImageScan>& scans,
                        DataCheck& check);

/// Pictures that look alike and are not the same pixels. Those of one colour all look alike, and do
/// not count.
std::vector<ExamplePair> like_pictures(const std::vector<ImageScan>& scans);

/// Looks through pictures. `scans`: one for each part, or none; what nobody looked at (`scans`
/// without looks, say) is not judged. `policy`: of the run with pictures it cannot use; none: they
/// have been told. `parts` must outlive the result, whose `show` reads them.
DataCheck check_pictures(const ImageParts& parts, const std::vector<ImageScan>& scans,
                         std::optional<OnBadRow> policy);

}  // namespace attune
