// Decodes every picture of a folder and keeps none: what a check of pictures costs at least, as
// JSON.
//
//   decode_files_bench FOLDER [THREADS]
#include <chrono>
#include <cstdlib>

#include <fmt/format.h>

#include "attune/base/threads.h"
#include "attune/data/image/image_folder.h"
#include "attune/data/image/pictures/picture_reader.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const attune::ImageDataset data = attune::read_image_folder(argv[1]);
  const int threads = argc > 2 ? std::atoi(argv[2]) : 2;
  const auto begun = std::chrono::steady_clock::now();
  attune::parallel_for(data.size(), 1, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) attune::read_picture(data, i, {});
  });
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  fmt::print("{{\"pictures\": {}, \"threads\": {}, \"seconds\": {:.2f}}}\n", data.size(), threads,
             seconds.count());
}
