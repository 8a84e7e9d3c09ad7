// Recordings from hostile bytes: no crash, bounded memory, finite samples.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "attune/base/error.h"
#include "attune/media/audio/files/audio_reader.h"

// libsndfile loses memory of the codecs behind it on damaged input.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libsndfile\nleak:libvorbis\nleak:libogg\nleak:libopus\nleak:libmpg123\nleak:"
         "libFLAC\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    const attune::Waveform wave =
        attune::read_audio(attune::AudioReader(bytes, "fuzz"), {.max_samples = 1 << 20});
    for (const float x : wave.samples) {
      if (!std::isfinite(x)) std::abort();
    }
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
