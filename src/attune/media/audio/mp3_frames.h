#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace attune {

/// Fills `bytes` from a place of a file; returns how many there are.
using ReadAt = std::function<std::size_t(std::int64_t offset, std::span<char> bytes)>;

/// Samples (of each channel) that the frames of an MPEG audio file of `size` bytes hold, counted
/// frame by frame where its header does not tell: without a Xing, Info or VBRI tag, or with one of
/// another number of bytes (files that were joined). None where the tag tells, or the file is none
/// of frames (ISO/IEC 11172-3, 13818-3) with a bit rate.
std::optional<std::int64_t> count_mp3_samples(const ReadAt& read, std::int64_t size);

}  // namespace attune
