#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace attune {

/// Fills `bytes` from a place of a file; returns how many there are.
using ReadAt = std::function<std::size_t(std::int64_t offset, std::span<char> bytes)>;

/// How a file of `size` bytes shows that it ends too early, or "": by the sizes in the header of a
/// WAV (RIFF, RF64), AIFF or AU file, of which those of writers that could not go back to it (near
/// 2^31 and 2^32) promise nothing, and 0 in a WAV file promises too little: libsndfile reads none;
/// by the last page of an Ogg stream, which is whole and says that it is the last (RFC 3533). Reads
/// headers and the last 64 KiB. MP3: see mp3_frames.h.
std::string find_missing_end(const ReadAt& read, std::int64_t size);

}  // namespace attune
