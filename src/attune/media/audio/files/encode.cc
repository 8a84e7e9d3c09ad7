#include "attune/media/audio/files/encode.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "attune/base/coding/base64.h"
#include "attune/base/error.h"
#include "attune/media/audio/sinc_resampler.h"

namespace attune {
namespace {

constexpr std::array<std::int64_t, 5> kOpusRates = {8000, 12000, 16000, 24000, 48000};

// libsndfile makes 6 to 256 kbit/s of it, from 1 to 0. At 25 kbit/s speech of one channel is hard
// to tell from the original, and Vorbis takes half as much again, beside 3 kB of tables in front.
constexpr double kCompression = 0.92;

std::int64_t opus_rate(std::int64_t rate) {
  const auto* const found = std::ranges::lower_bound(kOpusRates, rate);
  return found == kOpusRates.end() ? kOpusRates.back() : *found;
}

/// What libsndfile writes into.
struct EncodedBytes {
  std::string bytes;
  sf_count_t at = 0;

  static sf_count_t size(void* user) {
    return static_cast<sf_count_t>(static_cast<EncodedBytes*>(user)->bytes.size());
  }
  static sf_count_t seek(sf_count_t offset, int whence, void* user) {
    auto& output = *static_cast<EncodedBytes*>(user);
    const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? output.at : size(user);
    return output.at = std::clamp<sf_count_t>(base + offset, 0, size(user));
  }
  static sf_count_t read(void* target, sf_count_t count, void* user) {
    auto& output = *static_cast<EncodedBytes*>(user);
    count = std::clamp<sf_count_t>(count, 0, size(user) - output.at);
    std::memcpy(target, output.bytes.data() + output.at, static_cast<std::size_t>(count));
    output.at += count;
    return count;
  }
  static sf_count_t write(const void* source, sf_count_t count, void* user) {
    auto& output = *static_cast<EncodedBytes*>(user);
    const auto end = static_cast<std::size_t>(output.at + count);
    if (output.bytes.size() < end) output.bytes.resize(end);
    std::memcpy(output.bytes.data() + output.at, source, static_cast<std::size_t>(count));
    output.at += count;
    return count;
  }
  static sf_count_t tell(void* user) { return static_cast<EncodedBytes*>(user)->at; }
};

/// Ogg's checksum of a page (RFC 3533, section 6): CRC-32 by 0x04c11db7, nothing reflected.
std::uint32_t page_checksum(std::string_view page) {
  std::uint32_t sum = 0;
  for (const char c : page) {
    sum ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 24;
    for (int bit = 0; bit < 8; ++bit) sum = sum << 1 ^ (sum >> 31 != 0 ? 0x04c11db7U : 0U);
  }
  return sum;
}

/// Gives the stream the number 0: libsndfile draws one by the clock, and the same sound is to be
/// the same bytes.
void number_stream(std::string& ogg) {
  constexpr std::size_t kSerial = 14, kChecksum = 22, kSegments = 26, kHeader = 27;
  for (std::size_t at = 0; at + kHeader <= ogg.size();) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(ogg[i]); };
    const std::size_t segments = byte(at + kSegments);
    std::size_t size = kHeader + segments;
    check(ogg.compare(at, 4, "OggS") == 0 && at + size <= ogg.size(), ErrorKind::internal,
          "libsndfile wrote no page of Ogg at byte {}", at);
    for (std::size_t i = 0; i < segments; ++i) size += byte(at + kHeader + i);
    const auto put = [&](std::size_t offset, std::uint32_t value) {
      for (std::size_t i = 0; i < 4; ++i) {
        ogg[at + offset + i] = static_cast<char>(value >> 8 * i & 0xff);
      }
    };
    put(kSerial, 0);
    put(kChecksum, 0);
    put(kChecksum, page_checksum(std::string_view(ogg).substr(at, size)));
    at += size;
  }
}

}  // namespace

std::string encode_opus(Waveform wave) {
  check(!wave.samples.empty() && wave.sample_rate > 0, ErrorKind::internal,
        "a recording of {} samples at {} Hz is to be encoded", wave.samples.size(),
        wave.sample_rate);
  const std::int64_t rate = opus_rate(wave.sample_rate);
  wave = resample(std::move(wave), rate);
  EncodedBytes output;
  SF_VIRTUAL_IO io{EncodedBytes::size, EncodedBytes::seek, EncodedBytes::read, EncodedBytes::write,
                   EncodedBytes::tell};
  SF_INFO info{};
  info.samplerate = static_cast<int>(rate);
  info.channels = 1;
  info.format = SF_FORMAT_OGG | SF_FORMAT_OPUS;
  std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> sound(sf_open_virtual(&io, SFM_WRITE, &info, &output),
                                                    sf_close);
  check(sound != nullptr, ErrorKind::internal, "libsndfile does not write Opus: {}",
        sf_strerror(nullptr));
  double compression = kCompression;
  sf_command(sound.get(), SFC_SET_COMPRESSION_LEVEL, &compression, sizeof compression);
  const auto count = static_cast<sf_count_t>(wave.samples.size());
  const sf_count_t written = sf_writef_float(sound.get(), wave.samples.data(), count);
  check(written == count, ErrorKind::internal, "libsndfile wrote {} of {} samples as Opus: {}",
        written, count, sf_strerror(sound.get()));
  sound.reset();  // the last page is written now
  number_stream(output.bytes);
  return std::move(output.bytes);
}

std::string audio_data_uri(Waveform wave) {
  const auto most =
      static_cast<std::size_t>(kMaxEmbeddedSeconds * static_cast<double>(wave.sample_rate));
  if (wave.samples.size() > most) wave.samples.resize(most);
  return "data:audio/ogg;base64," + base64_encode(encode_opus(std::move(wave)));
}

}  // namespace attune
