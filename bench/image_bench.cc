// Pictures per second of attune on one thread, as JSON; its peer is image_peer.py.
//
//   image_bench FOLDER [REPEATS]
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/media/image/decode.h"
#include "attune/media/image/processor.h"

namespace {

using attune::Image;

std::vector<std::string> read_jpegs(const attune::fs::path& folder) {
  std::vector<attune::fs::path> paths;
  for (const auto& entry : attune::fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".jpg") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> files;
  for (const auto& path : paths) files.push_back(attune::read_file(path, 1 << 28));
  return files;
}

double median_seconds(const std::function<void()>& call, int repeats) {
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    times.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

Image decode(const std::string& bytes, const attune::DecodeOptions& options = {}) {
  return attune::convert_rgb(
      attune::decode_image(std::as_bytes(std::span(bytes)), "picture", options));
}

int run(int count, char** arguments) {
  attune::check(count >= 2, attune::ErrorKind::user, "usage: image_bench FOLDER [REPEATS]");
  const int repeats = count > 2 ? std::max(1, std::atoi(arguments[2])) : 5;
  const std::vector<std::string> files = read_jpegs(arguments[1]);
  attune::check(!files.empty(), attune::ErrorKind::user, "{}: no .jpg files", arguments[1]);
  std::vector<Image> images;
  for (const std::string& file : files) images.push_back(decode(file));

  const attune::ImageProcessor processor(attune::torchvision_preprocessing(256, 224), "bench");
  std::vector<float> values(3 * 224 * 224);
  const auto rate = [&](const std::function<void(std::size_t)>& one) {
    const auto all = [&] {
      for (std::size_t i = 0; i < files.size(); ++i) one(i);
    };
    all();
    return static_cast<double>(files.size()) / median_seconds(all, repeats);
  };
  const double decoding = rate([&](std::size_t i) { decode(files[i]); });
  const double shaping = rate([&](std::size_t i) {
    attune::resize(images[i], {224, 224}, attune::Filter::bilinear);
  });
  const double input = rate([&](std::size_t i) { processor.apply(decode(files[i]), values); });
  const double shrunk = rate([&](std::size_t i) {
    processor.apply(decode(files[i], {.min_size = attune::Size{256, 256}}), values);
  });
  fmt::print(
      "{{\"pictures\": {}, \"decode\": {:.1f}, \"resize\": {:.1f}, \"input\": {:.1f}, "
      "\"input_shrunk\": {:.1f}}}\n",
      files.size(), decoding, shaping, input, shrunk);
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
