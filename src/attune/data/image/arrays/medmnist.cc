#include "attune/data/image/arrays/medmnist.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>

#include "attune/base/error.h"
#include "attune/data/image/arrays/array_labels.h"
#include "attune/pretrained/formats/numpy/npz.h"

namespace attune {
namespace {

template <typename Number>
double number_at(std::span<const std::byte> bytes, std::size_t index) {
  // npz does not align its arrays within the file, so that elements are copied out.
  Number value{};
  std::memcpy(&value, bytes.data() + index * sizeof(Number), sizeof(Number));
  return static_cast<double>(value);
}

/// Element `index` of a tensor of numbers.
double read_number(const TensorView& tensor, std::size_t index, const std::string& where) {
  switch (tensor.dtype) {
    case DType::boolean:
    case DType::u8:
      return number_at<std::uint8_t>(tensor.bytes, index);
    case DType::i8:
      return number_at<std::int8_t>(tensor.bytes, index);
    case DType::i16:
      return number_at<std::int16_t>(tensor.bytes, index);
    case DType::u16:
      return number_at<std::uint16_t>(tensor.bytes, index);
    case DType::i32:
      return number_at<std::int32_t>(tensor.bytes, index);
    case DType::u32:
      return number_at<std::uint32_t>(tensor.bytes, index);
    case DType::i64:
      return number_at<std::int64_t>(tensor.bytes, index);
    case DType::u64:
      return number_at<std::uint64_t>(tensor.bytes, index);
    case DType::f32:
      return number_at<float>(tensor.bytes, index);
    case DType::f64:
      return number_at<double>(tensor.bytes, index);
    default:
      fail(ErrorKind::data, "{}: elements of type {}, expected numbers", where,
           dtype_name(tensor.dtype));
  }
}

std::int64_t whole_number(const TensorView& tensor, std::size_t index, const std::string& where) {
  // Whatever type they are stored in: whole numbers below 2^53 are exact as doubles.
  const double value = read_number(tensor, index, where);
  check(value == std::floor(value) && std::abs(value) <= 1e9, ErrorKind::data,
        "{}: label {} is {}, expected a whole number", where, index, value);
  return static_cast<std::int64_t>(value);
}

ImageBlock images_of(const TensorView& tensor, const std::string& where,
                     const std::shared_ptr<const void>& storage) {
  const auto& shape = tensor.shape;
  const bool is_picture = shape.size() == 3 || (shape.size() == 4 && shape[3] == 3);
  check(is_picture && tensor.dtype == DType::u8, ErrorKind::data,
        "{}: an array of {} and shape {}, expected uint8 pictures [N, H, W] or [N, H, W, 3]", where,
        dtype_name(tensor.dtype), shape_text(shape));
  return {where,
          shape[0],
          shape[1],
          shape[2],
          shape.size() == 4 ? 3 : 1,
          {reinterpret_cast<const std::uint8_t*>(tensor.bytes.data()), tensor.bytes.size()},
          storage};
}

/// Sets the flags of the examples from `first` on: 1, 0, or below 0 and NaN where not known.
void read_flags(const TensorView& tensor, const std::string& where, std::size_t first,
                ImageDataset& dataset) {
  const std::int64_t count = tensor.shape[1];
  for (std::size_t i = first; i < dataset.examples.size(); ++i) {
    ImageExample& example = dataset.examples[i];
    for (std::int64_t c = 0; c < count; ++c) {
      const std::size_t index =
          (i - first) * static_cast<std::size_t>(count) + static_cast<std::size_t>(c);
      const double value = read_number(tensor, index, where);
      // Tables of chest X-rays mark with -1, or with nothing, what a reader left open.
      const bool is_unknown = std::isnan(value) || value == -1;
      check(is_unknown || value == 0 || value == 1, ErrorKind::data,
            "{}: row {} holds {}, expected 0 or 1 for each class (-1: not known)", where, i - first,
            value);
      if (value == 1) example.label_set.push_back(c);
      if (is_unknown) example.label_unknown.push_back(c);
    }
  }
}

struct Part {
  const char* name;
  GivenSplit split;
};
constexpr std::array<Part, 3> kParts = {
    {{"train", GivenSplit::train}, {"val", GivenSplit::validation}, {"test", GivenSplit::test}}};

void add_part(const CheckpointFile& file, const Part& part, const std::string& source,
              ImageDataset& dataset) {
  const std::string image_key = std::string(part.name) + "_images";
  const std::string label_key = std::string(part.name) + "_labels";
  const TensorView* images = file.find(image_key);
  if (images == nullptr) return;
  const TensorView* labels = file.find(label_key);
  const std::string where = source + ": " + label_key;
  check(labels != nullptr, ErrorKind::data, "{}: it holds {}, but no {}", source, image_key,
        label_key);
  ImageBlock block = images_of(*images, source + ": " + image_key, file.storage());
  const auto& shape = labels->shape;
  check((shape.size() == 1 || shape.size() == 2) && shape[0] == block.count, ErrorKind::data,
        "{}: shape {}, expected [N, 1] or [N, classes] for {} of shape {}", where,
        shape_text(shape), image_key, shape_text(images->shape));
  check(shape.size() == 1 || shape[1] >= 1, ErrorKind::data, "{}: shape {} has no class", where,
        shape_text(shape));
  // [N, 1] is one class for each picture, which is how MedMNIST writes all but ChestMNIST.
  const std::int64_t classes = shape.size() == 2 && shape[1] > 1 ? shape[1] : 1;
  const std::size_t first = dataset.examples.size();
  const bool is_multi = classes > 1;
  // The first part tells what labels there are; "test" alone does, where the others are missing.
  if (first == 0) {
    dataset.label_kind = is_multi ? LabelKind::multi_label : LabelKind::single_label;
    if (is_multi) dataset.label_names.resize(static_cast<std::size_t>(classes));
  }
  // A part with other classes would be trained on under the wrong names.
  check(is_multi == (dataset.label_kind == LabelKind::multi_label) &&
            (!is_multi || dataset.label_names.size() == static_cast<std::size_t>(classes)),
        ErrorKind::data, "{}: shape {} has other classes than the part before it", where,
        shape_text(shape));
  std::vector<std::int64_t> ids(static_cast<std::size_t>(shape[0]), -1);
  for (std::size_t i = 0; i < ids.size() && !is_multi; ++i) {
    ids[i] = whole_number(*labels, i, where);
  }
  add_block(dataset, std::move(block), ids, part.split);
  if (is_multi) read_flags(*labels, where, first, dataset);
}

void name_flags(ImageDataset& dataset, const std::vector<std::string>& names,
                const std::string& source) {
  const std::size_t count = dataset.label_names.size();
  check(names.empty() || names.size() == count, ErrorKind::user,
        "{}: {} label names are given for {} classes", source, names.size(), count);
  for (std::size_t c = 0; c < count; ++c) {
    dataset.label_names[c] = names.empty() ? std::to_string(c) : names[c];
  }
}

}  // namespace

ImageDataset read_medmnist(const fs::path& path, const std::vector<std::string>& label_names) {
  const CheckpointFile file = read_npz(path);
  const std::string source = path.filename().string();
  ImageDataset dataset;
  for (const Part& part : kParts) add_part(file, part, source, dataset);
  std::vector<std::string> keys;
  for (const TensorView& tensor : file.tensors()) keys.push_back(tensor.name);
  check(!dataset.examples.empty(), ErrorKind::data,
        "{}: no pictures; expected the arrays train_images and train_labels (also val_, test_), it "
        "holds {}",
        path.string(), keys.empty() ? "none" : fmt::format("{}", fmt::join(keys, ", ")));
  if (dataset.label_kind == LabelKind::multi_label) {
    name_flags(dataset, label_names, source);
  } else {
    name_array_classes(dataset, label_names, source);
  }
  return dataset;
}

}  // namespace attune
