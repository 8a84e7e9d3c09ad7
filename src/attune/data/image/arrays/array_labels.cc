#include "attune/data/image/arrays/array_labels.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

constexpr std::int64_t kMaxSide = 1 << 16;
constexpr std::int64_t kMaxClasses = 1 << 20;
constexpr std::size_t kNamesTold = 12;

/// The names come from elsewhere (a model, the user): only their order says which number is which.
void tell_names(const std::vector<std::string>& names, const std::string& source) {
  std::vector<std::string> pairs;
  bool differs = false;
  for (std::size_t id = 0; id < names.size(); ++id) {
    differs |= names[id] != std::to_string(id);
    if (id < kNamesTold) pairs.push_back(fmt::format("{} is \"{}\"", id, names[id]));
  }
  if (!differs) return;
  log_info("{}: its labels are numbers: {}{}", source, join(pairs, ", "),
           names.size() > kNamesTold ? ", ..." : "");
}

}  // namespace

void check_block(const ImageBlock& block) {
  const bool is_possible = block.height >= 1 && block.height <= kMaxSide && block.width >= 1 &&
                           block.width <= kMaxSide && block.count >= 0 &&
                           (block.channels == 1 || block.channels == 3);
  check(is_possible, ErrorKind::data,
        "{}: {} pictures of {} x {} pixels with {} channels, expected 1 or 3 channels and sides up "
        "to {}",
        block.name, block.count, block.width, block.height, block.channels, kMaxSide);
  // Bytes are divided rather than counts multiplied: a product of what a hostile header says may
  // overflow.
  const auto size = static_cast<std::uint64_t>(block.height * block.width * block.channels);
  check(block.samples.size() % size == 0 &&
            block.samples.size() / size == static_cast<std::uint64_t>(block.count),
        ErrorKind::data, "{}: {} bytes for {} pictures of {}; the file is cut off or damaged",
        block.name, block.samples.size(), block.count, size);
}

void add_block(ImageDataset& dataset, ImageBlock block, std::span<const std::int64_t> labels,
               GivenSplit split) {
  check_block(block);
  check(static_cast<std::int64_t>(labels.size()) == block.count, ErrorKind::data,
        "{}: {} pictures, but {} labels", block.name, block.count, labels.size());
  const auto index = static_cast<std::int32_t>(dataset.blocks.size());
  for (std::int64_t i = 0; i < block.count; ++i) {
    ImageExample example;
    example.block = index;
    example.index = i;
    example.label = labels[static_cast<std::size_t>(i)];
    example.split = split;
    dataset.examples.push_back(std::move(example));
  }
  dataset.blocks.push_back(std::move(block));
}

void name_array_classes(ImageDataset& dataset, const std::vector<std::string>& names,
                        const std::string& source) {
  std::int64_t largest = -1;
  for (const ImageExample& example : dataset.examples) largest = std::max(largest, example.label);
  check(largest < kMaxClasses, ErrorKind::data, "{}: a label is {}, expected less than {}", source,
        largest, kMaxClasses);
  // Arrays number their classes and often name none: the numbers are names then, so that a model
  // saved from them says what it means.
  dataset.label_names = LabelNames(names).names();
  for (std::int64_t id = 0; names.empty() && id <= largest; ++id) {
    dataset.label_names.push_back(std::to_string(id));
  }
  const auto count = static_cast<std::int64_t>(dataset.label_names.size());
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    const std::int64_t label = dataset.examples[static_cast<std::size_t>(i)].label;
    check(label >= 0 && label < count, ErrorKind::data,
          "{}: the label is {}, but there are names for 0 to {} only; name each label in --labels",
          dataset.source_name(i), label, count - 1);
  }
  // Given names are those of a training set: a test set may lack some of its classes.
  if (names.empty()) return check_trainable(dataset, source);
  tell_names(dataset.label_names, source);
}

}  // namespace attune
