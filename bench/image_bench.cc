// Pictures per second of attune on one thread, as JSON; its peer is image_peer.py.
//
//   image_bench FOLDER [REPEATS]
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "attune/media/image/decode.h"
#include "attune/media/image/processor.h"
#include "measure.h"

namespace {

using attune::Image;

Image decode(const std::string& bytes, const attune::DecodeOptions& options = {}) {
  return attune::convert_rgb(
      attune::decode_image(std::as_bytes(std::span(bytes)), "picture", options));
}

int run(int count, char** arguments) {
  attune::check(count >= 2, attune::ErrorKind::user, "usage: image_bench FOLDER [REPEATS]");
  const int repeats = count > 2 ? std::max(1, std::atoi(arguments[2])) : 5;
  const std::vector<std::string> files = attune::bench::read_jpegs(arguments[1]);
  std::vector<Image> images;
  for (const std::string& file : files) images.push_back(decode(file));

  const attune::ImageProcessor processor(attune::torchvision_preprocessing(256, 224), "bench");
  std::vector<float> values(3 * 224 * 224);
  const auto rate = [&](const std::function<void(std::size_t)>& one) {
    const auto all = [&] {
      for (std::size_t i = 0; i < files.size(); ++i) one(i);
    };
    return static_cast<double>(files.size()) / attune::bench::median_seconds(all, repeats);
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
  return attune::bench::run_program(run, count, arguments);
}
