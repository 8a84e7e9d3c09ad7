// NIfTI from hostile bytes: no crash, bounded memory, pictures within 0 to 255.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "attune/base/error.h"
#include "attune/media/medical/nifti.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const attune::NiftiVolume volume =
        attune::read_nifti(std::as_bytes(std::span(data, size)), "fuzz");
    using attune::SlicePlane;
    for (const auto plane : {SlicePlane::sagittal, SlicePlane::coronal, SlicePlane::axial}) {
      const auto picture = nifti_slice(volume, {.plane = plane, .channel = volume.channels - 1});
      for (const float value : picture.samples) {
        if (!(value >= 0 && value <= 255)) std::abort();
      }
    }
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
