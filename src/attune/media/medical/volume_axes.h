#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace attune {

/// Voxel index (x, y, z, 1) to millimetres.
using VolumeAffine = std::array<std::array<double, 4>, 3>;

/// How the axes of a stored volume run through the body. `RAS+`: the first axis from left to right,
/// the second from posterior to anterior, the third from inferior to superior.
struct VolumeAxes {
  /// The stored axis that runs right (0), anterior (1), superior (2), or against it.
  std::array<std::size_t, 3> stored = {0, 1, 2};
  /// Whether that axis runs against it: to the left, posterior, inferior.
  std::array<bool, 3> is_reversed = {};

  /// Letter by letter to where the stored axes run, as nibabel's aff2axcodes: "RAS", "LPS".
  std::string codes() const;

  bool operator==(const VolumeAxes&) const = default;
};

/// The permutation and mirroring of axes that comes closest to RAS+ without resampling, as
/// nibabel's `as_closest_canonical` (io_orientation of nibabel 5: each axis by the closest matrix
/// without shear). `size` is that of the volume: an axis of one voxel whose column is 0 takes the
/// direction that the others leave. Throws `data` where the affine is not finite or gives two axes
/// the same direction; the caller knows the file's name.
VolumeAxes closest_canonical_axes(const VolumeAffine& affine,
                                  const std::array<std::int64_t, 3>& size);

}  // namespace attune
