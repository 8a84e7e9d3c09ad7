#pragma once

#include <optional>
#include <vector>

#include "attune/data/boxes/box_parts.h"
#include "attune/data/check/finding.h"

namespace attune {

// What labels of boxes tell, each a finding where there is something to tell.

/// Boxes that reach beyond their picture, lie outside of it, or have no area.
void find_faulty_boxes(const BoxParts& parts, DataCheck& check);

/// Boxes that a picture has twice: of one class, and of two.
void find_repeated_boxes(const BoxParts& parts, DataCheck& check);

/// Boxes with a side below two pixels, of which no network sees anything.
void find_tiny_boxes(const BoxParts& parts, DataCheck& check);

/// Pictures without a box, pictures that nobody labels, labels of nothing.
void find_unlabelled_pictures(const BoxParts& parts, DataCheck& check);

/// Pictures that EXIF turns: with boxes that were turned too, and with such of which that is not
/// known.
void find_turned_pictures(const BoxParts& parts, DataCheck& check);

/// Classes of few boxes, and of far fewer than others.
void find_rare_classes(const BoxParts& parts, DataCheck& check);

/// Looks through labelled pictures. `scans`: one for each part, or none; what nobody looked at is
/// not judged. `policy`: of the run with what it cannot use; none: it has been told. `parts` must
/// outlive the result, whose `show` reads them.
DataCheck check_boxes(const BoxParts& parts, const std::vector<ImageScan>& scans,
                      std::optional<OnBadRow> policy);

}  // namespace attune
