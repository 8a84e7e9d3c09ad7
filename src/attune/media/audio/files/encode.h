#pragma once

#include <string>

#include "attune/media/audio/files/audio_reader.h"

namespace attune {

/// `wave` as an OGG file with Opus, at 25 kbit/s or so: 3 kB a second, to be listened to by people.
/// Chromium, Firefox and Safari (18.4) play it. Opus knows five rates: others become the next
/// higher one, and those above 48 kHz that. The same samples give the same bytes. Throws `internal`
/// for no samples.
std::string encode_opus(Waveform wave);

/// Of a page that travels in one piece: so many clips of so many seconds are some 2 MB.
inline constexpr std::size_t kMaxEmbeddedClips = 20;
inline constexpr double kMaxEmbeddedSeconds = 20;

/// `data:audio/ogg;base64,...` of `wave`, or of its first `kMaxEmbeddedSeconds`.
std::string audio_data_uri(Waveform wave);

}  // namespace attune
