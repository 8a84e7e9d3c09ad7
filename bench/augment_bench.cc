// Pictures per second of reading and augmenting on one thread, as JSON; its peer is
// augment_peer.py.
//
//   augment_bench FOLDER [REPEATS]
//
// Files are read beforehand. `_shrunk` lets the JPEG decoder shrink where the crop allows it.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "attune/media/image/augment/augmenter.h"
#include "attune/media/image/decode.h"
#include "measure.h"

namespace {

using attune::Augmenter;
using attune::AugmentKey;
using attune::Image;

std::span<const std::byte> bytes_of(const std::string& file) {
  return std::as_bytes(std::span(file));
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

/// Pictures a second; `work` gets the number of a file.
double rate(std::size_t files, int repeats, const std::function<void(std::size_t)>& work) {
  const auto all = [&] {
    for (std::size_t file = 0; file < files; ++file) work(file);
  };
  return static_cast<double>(files) /
         attune::bench::median_seconds(all, repeats, attune::bench::thread_seconds);
}

int run(int count, char** arguments) {
  attune::check(count >= 2, attune::ErrorKind::user, "usage: augment_bench FOLDER [REPEATS]");
  const std::vector<std::string> files = attune::bench::read_jpegs(arguments[1]);
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
  return attune::bench::run_program(run, count, arguments);
}
