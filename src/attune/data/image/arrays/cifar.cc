#include "attune/data/image/arrays/cifar.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/mmap.h"
#include "attune/base/text/strings.h"
#include "attune/data/image/arrays/array_labels.h"

namespace attune {
namespace {

constexpr std::size_t kSide = 32, kPlane = kSide * kSide, kPicture = 3 * kPlane;

/// How one of the two sets names its files.
struct Layout {
  std::vector<std::pair<std::string, GivenSplit>> files;
  std::string names_file;
  std::size_t label_bytes = 1;  ///< the last of them is the label
};

Layout cifar_10() {
  Layout layout{{}, "batches.meta.txt", 1};
  for (int i = 1; i <= 5; ++i) {
    layout.files.emplace_back(fmt::format("data_batch_{}.bin", i), GivenSplit::train);
  }
  layout.files.emplace_back("test_batch.bin", GivenSplit::test);
  return layout;
}

Layout cifar_100() {
  return {{{"train.bin", GivenSplit::train}, {"test.bin", GivenSplit::test}},
          "fine_label_names.txt",
          2};
}

bool has_file(const fs::path& folder, std::string_view name) {
  std::error_code ignored;
  return fs::is_regular_file(folder / name, ignored);
}

std::vector<std::string> read_names(const fs::path& path) {
  std::vector<std::string> names;
  for (const std::string& line : split(read_file(path, 1 << 20), '\n')) {
    if (!trim(line).empty()) names.emplace_back(trim(line));
  }
  return names;
}

/// Records of labels and three planes; the pictures are stored again with interleaved channels.
void add_file(const fs::path& path, GivenSplit split, std::size_t label_bytes,
              ImageDataset& dataset) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  const std::size_t record = label_bytes + kPicture;
  check(!bytes.empty() && bytes.size() % record == 0, ErrorKind::data,
        "{}: {} bytes, expected a multiple of {} (a label and 32 x 32 pixels of three colours); "
        "the file is cut off or not of CIFAR's binary version",
        path.string(), bytes.size(), record);
  const std::size_t count = bytes.size() / record;
  // All files of CIFAR-10 are 180 MB: they are stored anew once, so that reading a picture is a
  // copy.
  auto samples = std::make_shared<std::vector<std::uint8_t>>(count * kPicture);
  std::vector<std::int64_t> labels;
  for (std::size_t i = 0; i < count; ++i) {
    const auto part = bytes.subspan(i * record, record);
    // CIFAR-100 has two labels a record, the coarse one first; papers report the fine ones.
    labels.push_back(std::to_integer<std::int64_t>(part[label_bytes - 1]));
    for (std::size_t p = 0; p < kPicture; ++p) {
      (*samples)[i * kPicture + p % kPlane * 3 + p / kPlane] =
          std::to_integer<std::uint8_t>(part[label_bytes + p]);
    }
  }
  add_block(dataset,
            {path.filename().string(), static_cast<std::int64_t>(count), kSide, kSide, 3, *samples,
             samples},
            labels, split);
}

}  // namespace

bool is_cifar_folder(const fs::path& folder) {
  return has_file(folder, "data_batch_1.bin") ||
         (has_file(folder, "train.bin") && has_file(folder, "fine_label_names.txt"));
}

ImageDataset read_cifar_folder(const fs::path& folder,
                               const std::vector<std::string>& label_names) {
  const Layout layout = has_file(folder, "data_batch_1.bin") ? cifar_10() : cifar_100();
  ImageDataset dataset;
  for (const auto& [name, split] : layout.files) {
    if (has_file(folder, name)) add_file(folder / name, split, layout.label_bytes, dataset);
  }
  check(!dataset.examples.empty(), ErrorKind::data,
        "{}: no pictures; expected data_batch_1.bin to 5 (CIFAR-10) or train.bin (CIFAR-100)",
        folder.string());
  std::vector<std::string> names = label_names;
  if (names.empty() && has_file(folder, layout.names_file)) {
    names = read_names(folder / layout.names_file);
  }
  name_array_classes(dataset, names, folder.string());
  return dataset;
}

}  // namespace attune
