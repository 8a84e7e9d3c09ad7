#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/files.h"
#include "attune/media/image/image.h"
#include "attune/media/medical/volume_axes.h"
#include "attune/media/memory_budget.h"

namespace attune {

/// How a voxel is stored (NIfTI's datatype codes).
enum class NiftiType { u8, i8, i16, u16, i32, u32, i64, u64, f32, f64, rgb };

/// NumPy's name, "int16"; "rgb" for three bytes of colour.
std::string_view nifti_type_name(NiftiType type);

/// What says how a volume lies: the header's sform, its qform, or neither.
enum class AffineSource { sform, qform, none };
std::string_view affine_source_name(AffineSource source);  ///< "sform", "qform", "none"

/// A NIfTI-1 or NIfTI-2 volume, one file (.nii, .nii.gz). Values stay as they are stored until one
/// is asked for; x runs fastest.
struct NiftiVolume {
  std::array<std::int64_t, 3> size = {1, 1, 1};  ///< x, y, z
  std::int64_t channels = 1;                     ///< product of the dimensions behind z: time ...
  NiftiType type = NiftiType::f32;
  bool is_big_endian = false;
  double slope = 1, intercept = 0;  ///< of the stored values; a slope of 0 in the file means none
  /// To millimetres right, anterior, superior: the sform where the file has one, else the qform. A
  /// file of neither is read as nibabel reads it: voxel sizes, x from right to left, the middle of
  /// the volume at 0.
  VolumeAffine affine = {};
  AffineSource affine_source = AffineSource::none;
  std::string data;  ///< size[0] * size[1] * size[2] * channels voxels

  /// The scaled value; of RGB voxels its `colour`. Requires indices within the volume.
  double value(std::int64_t x, std::int64_t y, std::int64_t z, std::int64_t channel = 0,
               std::int64_t colour = 0) const;
};

/// Throws `io` where the file cannot be read; `data` (naming the file) where it is no NIfTI file of
/// these kinds, cut off, a volume larger than 4 GiB, a pair with a separate .img, or of complex,
/// 128-bit or RGBA voxels. No more is decompressed than the header describes.
/// `reserve` is told the size of the voxels before memory is taken for them; a volume may be
/// `expansion_limit` times its file.
NiftiVolume read_nifti(const fs::path& path);
NiftiVolume read_nifti(std::span<const std::byte> bytes, const std::string& name,
                       const ReserveMemory& reserve = {});

/// Whether the bytes start as a NIfTI file that is not compressed does.
bool looks_like_nifti(std::span<const std::byte> bytes);

/// The plane of a slice, by the directions of the body.
enum class SlicePlane { sagittal, coronal, axial };
constexpr auto enum_names(SlicePlane) {
  return std::to_array<std::pair<SlicePlane, std::string_view>>({{SlicePlane::sagittal, "sagittal"},
                                                                 {SlicePlane::coronal, "coronal"},
                                                                 {SlicePlane::axial, "axial"}});
}
/// The numbers of the axes that are cut across, which earlier versions wrote.
constexpr auto enum_synonyms(SlicePlane) {
  return std::to_array<std::pair<SlicePlane, std::string_view>>(
      {{SlicePlane::sagittal, "0"}, {SlicePlane::coronal, "1"}, {SlicePlane::axial, "2"}});
}

struct SliceOptions {
  SlicePlane plane = SlicePlane::axial;
  /// From the left (sagittal), posterior (coronal) or inferior (axial) end, from 0; default: the
  /// middle one.
  std::optional<std::int64_t> index = {};
  std::int64_t channel = 0;  ///< of a volume with several (time points)
  /// Lowest and highest value shown. Default: the 0.5 and 99.5 percentiles of the slice.
  std::optional<std::pair<double, double>> window = {};
};

/// A slice as a picture on the scale of 0 to 255, 1 channel (3 for RGB voxels, which are not
/// windowed). The volume is seen in RAS+ (`closest_canonical_axes`), however it is stored: rows are
/// the later of the two axes left, columns the earlier, so an axial slice is [anterior, right], its
/// first row posterior and its first column left. Equal to `data[:, :, index].T` of nibabel's
/// as_closest_canonical. NaN becomes black. Throws `user` where index or channel do not exist or
/// the window is empty, `data` where the affine does not say how the volume lies.
FloatImage nifti_slice(const NiftiVolume& volume, const SliceOptions& options = {});

}  // namespace attune
