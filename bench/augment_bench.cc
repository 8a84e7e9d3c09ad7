// Pictures per second of reading and augmenting on one thread, as JSON; its peer is
// augment_peer.py.
//
//   augment_bench FOLDER [REPEATS]
//
// Files are read beforehand. `_shrunk` lets the JPEG decoder shrink where the crop allows it.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/media/image/augment/augmenter.h"
#include "attune/media/image/decode.h"

namespace {

using attune::Augmenter;
using attune::AugmentKey;
using attune::Image;
using Files = std::vector<std::string>;

std::span<const std::byte> bytes_of(const std::string& file) {
  return std::as_bytes(std::span(file));
}

Files read_folder(const std::string& folder) {
  std::vector<attune::fs::path> paths;
  for (const auto& entry : attune::fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".jpg") paths.push_back(entry.path());
  }
  attune::check(!paths.empty(), attune::ErrorKind::user, "no .jpg file in {}", folder);
  std::sort(paths.begin(), paths.end());
  Files files;
  for (const auto& path : paths) files.push_back(attune::read_file(path, 1U << 26));
  return files;
}

Image decode(const std::string& file, const attune::DecodeOptions& options = {}) {
  return attune::convert_rgb(attune::decode_image(bytes_of(file), "picture", options));
}

Image augment(const std::string& file, const Augmenter& augmenter, std::uint64_t sample,
              bool shrink) {
  const auto plan = augmenter.plan(attune::probe_image(bytes_of(file), "picture").shown_size(),
                                   AugmentKey{1, 0, sample});
  return augmenter.apply(decode(file, augmenter.decode_options(plan, shrink)), plan);
}

/// Processor time is what other programs on the machine disturb least.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Pictures a second, median of `repeats`; `work` gets the number of a file.
double rate(std::size_t files, int repeats, const std::function<void(std::size_t)>& work) {
  std::vector<double> times;
  for (int i = 0; i <= repeats; ++i) {  // the first one warms up
    const double begin = cpu_seconds();
    for (std::size_t file = 0; file < files; ++file) work(file);
    if (i > 0) times.push_back(cpu_seconds() - begin);
  }
  std::sort(times.begin(), times.end());
  return static_cast<double>(files) / times[times.size() / 2];
}

int run(int count, char** arguments) {
  attune::check(count >= 2, attune::ErrorKind::user, "usage: augment_bench FOLDER [REPEATS]");
  const Files files = read_folder(arguments[1]);
  const int repeats = count > 2 ? std::max(1, std::atoi(arguments[2])) : 5;
  const auto make = [](attune::AugmentOptions options) {
    options.random_resized_crop = true;
    options.horizontal_flip = 0.5;
    return Augmenter(options, {.size = {224, 224}});
  };
  const auto augmented = [&](const Augmenter& augmenter, bool shrink) {
    return rate(files.size(), repeats,
                [&](std::size_t i) { augment(files[i], augmenter, i, shrink); });
  };
  const Augmenter plain = make({}), trivial = make({.trivial_augment = true}),
                  jitter = make({.jitter_brightness = 0.4,
                                 .jitter_contrast = 0.4,
                                 .jitter_saturation = 0.4,
                                 .jitter_hue = 0.1});
  fmt::print(
      "{{\"tool\": \"attune\", \"files\": {}, \"decode\": {:.1f}, \"crop_flip\": {:.1f}, "
      "\"crop_flip_shrunk\": {:.1f}, \"crop_flip_trivial\": {:.1f}, \"crop_flip_jitter\": "
      "{:.1f}}}\n",
      files.size(), rate(files.size(), repeats, [&](std::size_t i) { decode(files[i]); }),
      augmented(plain, false), augmented(plain, true), augmented(trivial, false),
      augmented(jitter, false));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(count, arguments);
  } catch (const attune::Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}
