#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "attune/data/image/image_dataset.h"
#include "attune/data/image/pictures/picture_reader.h"

namespace attune {

/// What looking at a picture's content tells.
struct PictureLook {
  std::uint64_t pixels = 0;    ///< a number that those of the same pixels share, and no others
  std::uint64_t hash = 0;      ///< `perceptual_hash`
  std::uint64_t likeness = 0;  ///< `likeness_key`
  bool is_constant = false;    ///< all of one colour
  bool operator==(const PictureLook&) const = default;
};

/// What decoding a picture once has shown.
struct ScannedPicture {
  Size size;
  std::string hash;                      ///< of pixels; "" where `look` tells which are equal
  bool is_deep = false;                  ///< more than 8 bits
  bool is_mislabelled = false;           ///< of another format than the file's name says
  std::optional<PictureMode> mode = {};  ///< of the file
  std::optional<PictureLook> look = {};  ///< where it was asked for
  std::string problem;                   ///< "": it can be used
};

/// Pictures by their file, or block and index. Runs that share it (the folds of a
/// cross-validation) decode each picture once.
using ScannedPictures = std::unordered_map<std::string, ScannedPicture>;

/// What was seen of a part, by example.
struct ImageScan {
  std::vector<Size> sizes;
  std::vector<std::string> hashes;  ///< of pixels; none where there are looks
  std::vector<PictureLook> looks;   ///< where they were asked for
  std::vector<std::optional<PictureMode>> modes;
  bool has_deep = false;                  ///< some pictures have more than 8 bits
  std::vector<std::int64_t> mislabelled;  ///< examples of another format than the file's name says
};

/// Decodes every picture of `parts` (name and data) that `known` does not have yet, on `threads`
/// threads (0: all cores). Those of all parts that cannot be used are one error, which names the
/// first twenty, or, with `skip`, leave their data set and are added to its bad rows. Files of
/// another format than their name says are read as what they are, with a warning. `look`: look at
/// their content too, for checks, whose findings take the place of that warning; requires that
/// `known` has been filled so alone.
std::vector<ImageScan> scan_images(std::span<const std::pair<std::string, ImageDataset*>> parts,
                                   const PictureOptions& pictures, OnBadRow on_bad_row,
                                   std::int64_t threads, ScannedPictures& known, bool look = false);

}  // namespace attune
