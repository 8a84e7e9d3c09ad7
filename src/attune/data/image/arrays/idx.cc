#include "attune/data/image/arrays/idx.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/mmap.h"
#include "attune/base/text/human.h"
#include "attune/data/image/arrays/array_labels.h"
#include "attune/media/inflate.h"

namespace attune {
namespace {

// EMNIST, one of the largest such sets, takes 0.5 GB; a gzip file may claim anything.
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 32;
constexpr std::uint32_t kUnsignedByte = 8;

/// The file of a part ("train", "t10k", "test") and kind ("images-idx3", "labels-idx1").
std::optional<fs::path> find_file(const fs::path& folder, const std::string& part,
                                  const std::string& kind) {
  for (const char separator : {'-', '.'}) {
    std::string name = part + "-" + kind + "-ubyte";
    name[name.find("-idx")] = separator;
    for (const char* ending : {"", ".gz"}) {
      const fs::path path = folder / (name + ending);
      std::error_code ignored;
      if (fs::is_regular_file(path, ignored)) return path;
    }
  }
  return std::nullopt;
}

std::vector<std::int64_t> read_labels(const fs::path& path) {
  const IdxArray array = read_idx(path);
  check(array.shape.size() == 1, ErrorKind::data,
        "{}: an array of {} dimensions, expected labels, which have 1", path.string(),
        array.shape.size());
  return {array.values.begin(), array.values.end()};
}

ImageBlock read_images(const fs::path& path) {
  IdxArray array = read_idx(path);
  check(array.shape.size() == 3, ErrorKind::data,
        "{}: an array of {} dimensions, expected pictures, which have 3", path.string(),
        array.shape.size());
  return {path.filename().string(), array.shape[0], array.shape[1], array.shape[2], 1, array.values,
          std::move(array.storage)};
}

}  // namespace

IdxArray parse_idx(std::span<const std::byte> bytes, const std::string& name) {
  const auto byte_at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
  check(bytes.size() >= 4 && byte_at(0) == 0 && byte_at(1) == 0, ErrorKind::data,
        "{}: not an idx file: it does not start with two zero bytes", name);
  check(byte_at(2) == kUnsignedByte, ErrorKind::data,
        "{}: an idx file with elements of type 0x{:02X}, expected 0x08 (unsigned bytes)", name,
        byte_at(2));
  // Pictures have three dimensions, labels one; more than four would let a header of garbage pass
  // as sizes.
  const std::size_t dimensions = byte_at(3);
  check(dimensions >= 1 && dimensions <= 4 && bytes.size() >= 4 + 4 * dimensions, ErrorKind::data,
        "{}: an idx file with {} dimensions and {} bytes; expected 1 to 4 dimensions and their "
        "sizes",
        name, dimensions, bytes.size());
  IdxArray array;
  std::uint64_t count = 1;
  for (std::size_t d = 0; d < dimensions; ++d) {
    std::uint64_t size = 0;
    for (std::size_t k = 0; k < 4; ++k) size = size << 8 | byte_at(4 + 4 * d + k);
    array.shape.push_back(static_cast<std::int64_t>(size));
    // Asked before it is multiplied: the sizes are the file's, and nothing may overflow.
    check(size == 0 || count <= kMaxBytes / size, ErrorKind::data,
          "{}: its dimensions are larger than the {} that are read", name, human_bytes(kMaxBytes));
    count *= size;
  }
  const auto data = bytes.subspan(4 + 4 * dimensions);
  check(data.size() == count, ErrorKind::data,
        "{}: {} bytes of data, but its dimensions take {}; the file is cut off or damaged", name,
        data.size(), count);
  array.values = {reinterpret_cast<const std::uint8_t*>(data.data()), data.size()};
  return array;
}

IdxArray read_idx(const fs::path& path) {
  auto file = std::make_shared<const MappedFile>(path);
  // Known by content: people decompress MNIST and leave the ending, or the other way round.
  if (!looks_like_gzip(file->bytes())) {
    IdxArray array = parse_idx(file->bytes(), path.string());
    array.storage = std::move(file);
    return array;
  }
  const auto bytes = std::make_shared<const std::string>(
      inflate_bytes(file->bytes(), InflateFormat::gzip, kMaxBytes, path.string()));
  IdxArray array = parse_idx(std::as_bytes(std::span(*bytes)), path.string());
  array.storage = bytes;
  return array;
}

bool is_idx_folder(const fs::path& folder) {
  return find_file(folder, "train", "images-idx3").has_value() ||
         find_file(folder, "t10k", "images-idx3").has_value();
}

ImageDataset read_idx_folder(const fs::path& folder, const std::vector<std::string>& label_names) {
  ImageDataset dataset;
  for (const auto& [part, split] :
       {std::pair("train", GivenSplit::train), std::pair("t10k", GivenSplit::test),
        std::pair("test", GivenSplit::test)}) {
    const auto images = find_file(folder, part, "images-idx3");
    if (!images) continue;
    // Pictures without labels are a half downloaded set rather than one without a test part.
    const auto labels = find_file(folder, part, "labels-idx1");
    check(labels.has_value(), ErrorKind::data,
          "{}: there is {}, but no {}-labels-idx1-ubyte (or .gz) beside it", folder.string(),
          images->filename().string(), part);
    add_block(dataset, read_images(*images), read_labels(*labels), split);
  }
  check(!dataset.examples.empty(), ErrorKind::data,
        "{}: no pictures; expected train-images-idx3-ubyte and train-labels-idx1-ubyte (or .gz)",
        folder.string());
  name_array_classes(dataset, label_names, folder.string());
  return dataset;
}

}  // namespace attune
