#include "attune/media/medical/volume_axes.h"

#include <algorithm>
#include <cmath>

#include "attune/base/error.h"

namespace attune {
namespace {

using Vector = std::array<double, 3>;
using Columns = std::array<Vector, 3>;  ///< [column][row]

Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double dot(const Vector& a, const Vector& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/// Columns of the affine, each of length 1.
Columns directions(const VolumeAffine& affine, const std::array<std::int64_t, 3>& size) {
  Columns columns{};
  std::array<double, 3> lengths{};
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t row = 0; row < 3; ++row) columns[k][row] = affine[row][k];
    lengths[k] = std::sqrt(dot(columns[k], columns[k]));
    check(std::isfinite(lengths[k]), ErrorKind::data,
          "its affine holds what is no finite number, so nothing says how the volume lies");
    if (lengths[k] > 0) {
      for (double& value : columns[k]) value /= lengths[k];
    }
  }
  for (std::size_t k = 0; k < 3; ++k) {
    if (lengths[k] > 0) continue;
    check(size[k] == 1, ErrorKind::data,
          "its affine gives axis {} of {} voxels no direction; mend the header (sform, qform)", k,
          size[k]);
    columns[k] = cross(columns[(k + 1) % 3], columns[(k + 2) % 3]);
    const double length = std::sqrt(dot(columns[k], columns[k]));
    for (double& value : columns[k]) value /= length > 0 ? length : 1;
  }
  return columns;
}

/// The orthogonal matrix closest to `x`, by Newton's iteration for the polar decomposition (Higham
/// 1986, equation 3.1): the mean of a matrix and its inverse transposed, until it stands.
Columns closest_rotation(Columns x) {
  constexpr double kLeastVolume = 1e-6;  // of the cell that unit columns span
  constexpr int kMostSteps = 100;
  const double volume = dot(x[0], cross(x[1], x[2]));
  check(std::abs(volume) > kLeastVolume, ErrorKind::data,
        "its affine gives two axes the same direction; mend the header (sform, qform)");
  for (int step = 0; step < kMostSteps; ++step) {
    const double determinant = dot(x[0], cross(x[1], x[2]));
    const Columns before = x;
    double change = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const Vector inverse = cross(before[(k + 1) % 3], before[(k + 2) % 3]);
      for (std::size_t row = 0; row < 3; ++row) {
        x[k][row] = (before[k][row] + inverse[row] / determinant) / 2;
        change = std::max(change, std::abs(x[k][row] - before[k][row]));
      }
    }
    if (change < 1e-15) break;
  }
  return x;
}

double largest_part(const Vector& column) {
  return std::max({std::abs(column[0]), std::abs(column[1]), std::abs(column[2])});
}

}  // namespace

std::string VolumeAxes::codes() const {
  std::string codes(3, '?');
  for (std::size_t world = 0; world < 3; ++world) {
    codes[stored[world]] = (is_reversed[world] ? "LPI" : "RAS")[world];
  }
  return codes;
}

VolumeAxes closest_canonical_axes(const VolumeAffine& affine,
                                  const std::array<std::int64_t, 3>& size) {
  const Columns rotation = closest_rotation(directions(affine, size));
  // The axis that is surest of its direction chooses first, the first of equal ones.
  std::array<std::size_t, 3> order = {0, 1, 2};
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return largest_part(rotation[a]) > largest_part(rotation[b]);
  });
  VolumeAxes axes;
  std::array<bool, 3> is_taken = {};
  for (const std::size_t k : order) {
    std::size_t best = 3;
    for (std::size_t world = 0; world < 3; ++world) {
      if (is_taken[world]) continue;
      if (best == 3 || std::abs(rotation[k][world]) > std::abs(rotation[k][best])) best = world;
    }
    is_taken[best] = true;
    axes.stored[best] = k;
    axes.is_reversed[best] = rotation[k][best] < 0;
  }
  return axes;
}

}  // namespace attune
