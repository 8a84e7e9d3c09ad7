#pragma once

#include <cstdint>
#include <vector>

#include "attune/data/image/image_scan.h"

namespace attune {

/// A picture that has been looked at.
struct LookedAt {
  const ImageDataset* data;
  std::int64_t example;
  PictureLook* look;
};

/// Sets `pixels` of every look: a number that pictures of the same pixels share and no others, by
/// SHA-256, so that nobody can make two pictures that pass for one. Reads again those alone whose
/// `likeness` another has, and decodes of them those that are not copies of one file. Throws where
/// a file can no longer be read.
void number_pixels(std::vector<LookedAt> pictures, const PictureOptions& options,
                   std::int64_t threads);

}  // namespace attune
