// DICOM from hostile bytes: no crash, nothing printed, bounded memory, values within their bits.
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <span>

#include "attune/base/error.h"
#include "attune/media/medical/dicom/dicom.h"

/// GDCM frees nothing of a stream that turns out to be damaged; leaks of our own still count.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libgdcm\nleak:libopenjp2\nleak:libcharls\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const attune::DicomInfo info = attune::read_dicom_info(bytes, "fuzz");
    // A small file may state a large picture: true pictures of that size are not what is tested.
    if (info.height * info.width > (1 << 22)) return 0;
    if (info.height * info.width * info.frames <= (1 << 22)) {
      attune::read_dicom_frames(bytes, "fuzz", [](const auto&, const auto&) {});
    }
    const attune::DicomImage image = attune::read_dicom(bytes, "fuzz", {.frame = info.frames - 1});
    const attune::FloatImage picture = to_picture(image);
    for (const float value : picture.samples) {
      if (!(value >= 0 && value <= 255)) std::abort();
    }
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
