#include "attune/media/audio/files/audio_reader.h"

#include <sndfile.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/disk/input_file.h"
#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/media/audio/files/file_end.h"
#include "attune/media/audio/files/mp3_frames.h"

namespace attune {
namespace {

constexpr std::int64_t kMaxRate = 768'000;
constexpr std::int64_t kMaxChannels = 64;
constexpr std::int64_t kFramesAtOnce = 4096;

/// Formats that people have and libsndfile does not read, by their first bytes.
std::string_view foreign_format(std::string_view start) {
  using namespace std::literals;
  if (start.size() >= 12 && start.substr(4, 4) == "ftyp"sv) return "MP4/M4A (AAC or ALAC)";
  if (start.starts_with("\x1a\x45\xdf\xa3"sv)) return "Matroska/WebM";
  if (start.starts_with("\x30\x26\xb2\x75"sv)) return "WMA";
  if (start.starts_with("#!AMR"sv)) return "AMR";
  if (start.starts_with("\xff\xf1"sv) || start.starts_with("\xff\xf9"sv)) return "AAC (ADTS)";
  return "";
}

std::string format_name_of(int format) {
  SF_FORMAT_INFO info{};
  info.format = format & SF_FORMAT_TYPEMASK;
  // "WAV (Microsoft)": the word in front says enough.
  if (sf_command(nullptr, SFC_GET_FORMAT_INFO, &info, sizeof info) != 0 || !info.name) return "?";
  const std::string_view name = info.name;
  return std::string(name.substr(0, name.find_first_of(" -")));  // "MPEG-1/2 Audio"
}

}  // namespace

struct AudioReader::State {
  std::string name;
  std::unique_ptr<InputFile> file;   // either this
  std::span<const std::byte> bytes;  // or these
  sf_count_t at = 0;                 // in `bytes`
  SNDFILE* sound = nullptr;
  AudioInfo info;
  std::int64_t next = 0;  // frame
  std::vector<float> interleaved;

  ~State() {
    if (sound) sf_close(sound);
  }
  sf_count_t size() const { return static_cast<sf_count_t>(file ? file->size() : bytes.size()); }
  void open();
  void check_start();
  void look_at_mp3();
  std::size_t read_at(std::int64_t offset, std::span<char> target);

  // libsndfile reads through these, so that a file's name (which it would take for a format where
  // the content says none) never counts. `user` is the state.
  static sf_count_t file_size(void* user) { return static_cast<State*>(user)->size(); }
  static sf_count_t seek_to(sf_count_t offset, int whence, void* user);
  static sf_count_t read_bytes(void* target, sf_count_t count, void* user);
  static sf_count_t write_bytes(const void*, sf_count_t, void*) { return 0; }
  static sf_count_t tell(void* user) { return static_cast<State*>(user)->at; }
};

sf_count_t AudioReader::State::seek_to(sf_count_t offset, int whence, void* user) {
  auto& state = *static_cast<State*>(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? state.at : state.size();
  // Saturating: an offset of a hostile file may be anything.
  const sf_count_t target = offset > state.size() ? state.size() : base + offset;
  state.at = std::clamp<sf_count_t>(target, 0, state.size());
  return state.at;
}

sf_count_t AudioReader::State::read_bytes(void* target, sf_count_t count, void* user) {
  auto& state = *static_cast<State*>(user);
  count = std::clamp<sf_count_t>(count, 0, state.size() - state.at);
  if (!state.file) {
    const auto size = static_cast<std::size_t>(count);
    if (count > 0) std::memcpy(target, state.bytes.data() + state.at, size);
  } else {
    sf_count_t got = 0;
    while (got < count) {
      const ssize_t part = pread(state.file->descriptor(), static_cast<char*>(target) + got,
                                 static_cast<std::size_t>(count - got), state.at + got);
      if (part <= 0) break;  // what is missing then shows in the number of frames
      got += part;
    }
    count = got;
  }
  state.at += count;
  return count;
}

/// Throws where the file's first bytes say that it cannot be read.
void AudioReader::State::check_start() {
  check(size() > 0, ErrorKind::data, "{}: the file is empty; expected a recording", name);
  std::string start(static_cast<std::size_t>(std::clamp<sf_count_t>(size(), 0, 64)), '\0');
  const sf_count_t got = read_bytes(start.data(), static_cast<sf_count_t>(start.size()), this);
  start.resize(static_cast<std::size_t>(got));
  at = 0;
  const std::string_view foreign = foreign_format(start);
  check(foreign.empty(), ErrorKind::data,
        "{}: {} is not read; expected WAV, FLAC, OGG (Vorbis, Opus) or MP3: convert it, e.g. "
        "ffmpeg -i FILE FILE.flac",
        name, foreign);
}

void AudioReader::State::open() {
  check_start();
  std::string cut_off = find_missing_end(std::bind_front(&State::read_at, this), size());
  at = 0;
  SF_VIRTUAL_IO io{file_size, seek_to, read_bytes, write_bytes, tell};
  SF_INFO header{};
  sound = sf_open_virtual(&io, SFM_READ, &header, this);
  check(sound != nullptr || cut_off.empty(), ErrorKind::data, "{}: cut off: {}; get the whole file",
        name, cut_off);
  check(sound != nullptr, ErrorKind::data,
        "{}: not a recording attune reads ({}); expected WAV, FLAC, OGG (Vorbis, Opus) or MP3",
        name, sf_strerror(nullptr));
  check(header.samplerate >= 1 && header.samplerate <= kMaxRate, ErrorKind::data,
        "{}: a sample rate of {} Hz; expected 1 to {}: the header is damaged", name,
        header.samplerate, kMaxRate);
  check(header.channels >= 1 && header.channels <= kMaxChannels, ErrorKind::data,
        "{}: {} channels; expected 1 to {}", name, header.channels, kMaxChannels);
  info = {.format = format_name_of(header.format),
          .sample_rate = header.samplerate,
          .channels = header.channels,
          .frames = std::nullopt,
          .cut_off = std::move(cut_off)};
  // libsndfile gives its largest number where the length is not known.
  if (header.frames >= 0 && header.frames < SF_COUNT_MAX) info.frames = header.frames;
  if (info.format == "MPEG") look_at_mp3();
}

std::size_t AudioReader::State::read_at(std::int64_t offset, std::span<char> target) {
  at = std::clamp<sf_count_t>(offset, 0, size());
  return static_cast<std::size_t>(
      read_bytes(target.data(), static_cast<sf_count_t>(target.size()), this));
}

/// libsndfile reads as much of an MP3 as its header tells, or, where it tells nothing, as the bit
/// rate of its beginning lets expect: the rest would be lost without a word.
void AudioReader::State::look_at_mp3() {
  const sf_count_t place = at;
  const Mp3Frames frames = count_mp3_frames(std::bind_front(&State::read_at, this), size());
  at = place;
  if (frames.missing_bytes > 0) {
    info.cut_off =
        fmt::format("{} bytes are missing {}", with_thousands(frames.missing_bytes),
                    frames.is_told ? "of those its header promises" : "of its last frame");
  }
  if (!frames.samples || !info.frames) return;
  const auto rate = static_cast<double>(info.sample_rate);
  const double counted = static_cast<double>(*frames.samples) / rate, told = *info.seconds();
  check(counted <= told + 0.25, ErrorKind::data,
        "{}: its MP3 frames last {:.2f} s, but its header lets expect {:.2f} s, and no more would "
        "be read; write it anew, e.g. ffmpeg -i FILE FILE.flac",
        name, counted, told);
}

std::optional<double> AudioInfo::seconds() const {
  if (!frames) return std::nullopt;
  return static_cast<double>(*frames) / static_cast<double>(sample_rate);
}

double Waveform::seconds() const {
  return static_cast<double>(samples.size()) / static_cast<double>(sample_rate);
}

AudioReader::AudioReader(const fs::path& path) : state_(std::make_unique<State>()) {
  state_->file = std::make_unique<InputFile>(path);
  state_->name = path.string();
  state_->open();
}

AudioReader::AudioReader(std::span<const std::byte> bytes, std::string name)
    : state_(std::make_unique<State>()) {
  state_->bytes = bytes;
  state_->name = std::move(name);
  state_->open();
}

AudioReader::~AudioReader() = default;
AudioReader::AudioReader(AudioReader&&) noexcept = default;
AudioReader& AudioReader::operator=(AudioReader&&) noexcept = default;

const AudioInfo& AudioReader::info() const {
  return state_->info;
}

const std::string& AudioReader::name() const {
  return state_->name;
}

void AudioReader::seek(std::int64_t frame) {
  const auto& frames = state_->info.frames;
  check(frame >= 0 && (!frames || frame <= *frames), ErrorKind::user,
        "{}: cannot go to sample {}, it has {}", state_->name, frame, frames.value_or(0));
  check(sf_seek(state_->sound, frame, SEEK_SET) == frame, ErrorKind::data,
        "{}: cannot go to sample {} ({}); the file is damaged, or of a kind that is only read from "
        "its start",
        state_->name, frame, sf_strerror(state_->sound));
  state_->next = frame;
}

std::int64_t AudioReader::read(std::span<float> samples) {
  State& state = *state_;
  const std::int64_t channels = state.info.channels;
  // A mean of floats over channels, as torchaudio's waveform.mean(0).
  state.interleaved.resize(static_cast<std::size_t>(kFramesAtOnce * channels));
  std::int64_t done = 0;
  const auto wanted = static_cast<std::int64_t>(samples.size());
  while (done < wanted) {
    const std::int64_t got = sf_readf_float(state.sound, state.interleaved.data(),
                                            std::min(kFramesAtOnce, wanted - done));
    if (got <= 0) break;
    for (std::int64_t i = 0; i < got; ++i) {
      float sum = 0;
      for (std::int64_t c = 0; c < channels; ++c) sum += state.interleaved[i * channels + c];
      const float mean = sum / static_cast<float>(channels);
      check(std::isfinite(mean), ErrorKind::data,
            "{}: sample {} (at {:.3f} s) is {}; expected a finite number: export the recording "
            "again",
            state.name, state.next + i,
            static_cast<double>(state.next + i) / static_cast<double>(state.info.sample_rate),
            std::isnan(mean) ? "NaN" : "infinite");
      samples[done + i] = mean;
    }
    done += got;
    state.next += got;
  }
  return done;
}

bool AudioReader::has_last_frame() {
  const auto& frames = state_->info.frames;
  if (!frames || *frames == 0 || state_->info.format != "FLAC") return true;
  float last = 0;
  return sf_seek(state_->sound, *frames - 1, SEEK_SET) == *frames - 1 &&
         read(std::span(&last, 1)) == 1;
}

AudioInfo probe_audio(const fs::path& path) {
  return AudioReader(path).info();
}

void check_complete(const AudioReader& reader, std::int64_t decoded) {
  const AudioInfo& info = reader.info();
  check(info.cut_off.empty(), ErrorKind::data, "{}: cut off: {}; get the whole file", reader.name(),
        info.cut_off);
  // MP3 without a header of its own has an estimate for a decoded.
  check(info.format == "MPEG" || decoded >= info.frames.value_or(0), ErrorKind::data,
        "{}: cut off or damaged: {} of {} samples can be decoded; get the whole file",
        reader.name(), decoded, info.frames.value_or(0));
}

Waveform read_audio(AudioReader reader, const AudioLimits& limits) {
  const AudioInfo info = reader.info();
  const auto too_long = [&](std::int64_t frames) {
    check(frames <= limits.max_samples, ErrorKind::data,
          "{}: more than {} samples ({:.1f} minutes); cut it into pieces", reader.name(),
          with_thousands(limits.max_samples),
          static_cast<double>(limits.max_samples) / static_cast<double>(info.sample_rate) / 60);
  };
  too_long(info.frames.value_or(0));
  Waveform wave{{}, info.sample_rate};
  // Grown as samples come, never by what a header says.
  std::int64_t length = 0;
  while (true) {
    constexpr std::int64_t kPiece = 1 << 16;
    wave.samples.resize(static_cast<std::size_t>(length + kPiece));
    const std::int64_t got = reader.read(std::span(wave.samples).subspan(length));
    length += got;
    too_long(length);
    if (got < kPiece) break;
  }
  wave.samples.resize(static_cast<std::size_t>(length));
  check_complete(reader, length);
  check(length > 0, ErrorKind::data, "{}: the recording holds no sample", reader.name());
  return wave;
}

Waveform read_audio(const fs::path& path, const AudioLimits& limits) {
  return read_audio(AudioReader(path), limits);
}

}  // namespace attune
