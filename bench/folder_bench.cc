// How reading a folder of pictures scales with threads, as JSON.
//
//   folder_bench FOLDER [THREADS] [REPEATS]
//
// Each picture is read from its file, decoded, cropped at random, mirrored and normalised to
// 3x224x224, as in training. On one thread in a plain loop; on THREADS (2) by the loader of
// training, whose caller works too. Both in turns, the median ratio of neighbouring epochs counts:
// what else the machine does then meets both alike.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "attune/data/image/image_folder.h"
#include "attune/feed/image/image_loader.h"
#include "attune/feed/image/pixels.h"
#include "measure.h"

namespace {

constexpr std::int64_t kBatch = 32, kBatchesAhead = 2;

void load_epoch(attune::ImageLoader& loader, std::span<const std::int64_t> examples) {
  const auto count = static_cast<std::int64_t>(examples.size());
  const auto batch = [&](std::int64_t begin) {
    return examples.subspan(static_cast<std::size_t>(begin),
                            static_cast<std::size_t>(std::min(kBatch, count - begin)));
  };
  for (std::int64_t b = 0; b < std::min(kBatchesAhead * kBatch, count); b += kBatch) {
    loader.announce(batch(b), 0);
  }
  for (std::int64_t b = 0; b < count; b += kBatch) {
    const std::int64_t ahead = b + kBatchesAhead * kBatch;
    if (ahead < count) loader.announce(batch(ahead), 0);
    loader.take(batch(b), 0);
  }
}

int run(int count, char** arguments) {
  attune::check(count >= 2, attune::ErrorKind::user,
                "usage: folder_bench FOLDER [THREADS] [REPEATS]");
  const int threads = count > 2 ? std::max(2, std::atoi(arguments[2])) : 2;
  const int repeats = count > 3 ? std::max(1, std::atoi(arguments[3])) : 9;
  const attune::ImageDataset data = attune::read_image_folder(arguments[1]);
  const attune::PixelSource source(
      data, attune::ImageProcessor(attune::torchvision_preprocessing(256, 224), "bench"), {},
      {.random_resized_crop = true, .horizontal_flip = 0.5}, 1);
  std::vector<std::int64_t> examples(data.examples.size());
  std::iota(examples.begin(), examples.end(), 0);
  std::vector<float> pixels(static_cast<std::size_t>(source.shape().numel()));
  attune::ImageLoader loader([&](auto... of) { source.load(of...); }, source.shape(), threads - 1);

  const auto rate = [&](const std::function<void()>& epoch) {
    const double begin = attune::bench::wall_seconds();
    epoch();
    return static_cast<double>(examples.size()) / (attune::bench::wall_seconds() - begin);
  };
  std::vector<std::array<double, 3>> turns;  // scaling first
  for (int i = 0; i <= repeats; ++i) {       // the first warms up
    const double alone = rate([&] {
      for (const std::int64_t example : examples) source.load(example, 0, pixels);
    });
    const double together = rate([&] { load_epoch(loader, examples); });
    if (i > 0) turns.push_back({together / alone, alone, together});
  }
  std::sort(turns.begin(), turns.end());
  const auto [scaling, alone, together] = turns[turns.size() / 2];
  fmt::print(
      "{{\"pictures\": {}, \"threads\": {}, \"one_thread\": {:.1f}, \"together\": {:.1f}, "
      "\"scaling\": {:.2f}}}\n",
      examples.size(), threads, alone, together, scaling);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  return attune::bench::run_program(run, count, arguments);
}
