#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>
#include <unordered_set>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/text/utf8.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {
namespace {

// The library's writer pads the header to 8 bytes with spaces: with its length in front, the data
// begin aligned.
constexpr std::size_t kAlignment = 8;

void check_tensors(std::span<const TensorView> tensors) {
  std::unordered_set<std::string_view> names;
  for (const TensorView& tensor : tensors) {
    check(tensor.name != "__metadata__" && !find_invalid_utf8(tensor.name), ErrorKind::user,
          "\"{}\" cannot be the name of a tensor in a safetensors file", tensor.name);
    check(names.insert(tensor.name).second, ErrorKind::user,
          "cannot write two tensors named \"{}\" into one file", tensor.name);
    const auto wanted = tensor_bytes(tensor.dtype, tensor.shape);
    check(wanted == tensor.bytes.size(), ErrorKind::user,
          "tensor \"{}\": {} of shape {} does not take the {} bytes given", tensor.name,
          dtype_name(tensor.dtype), shape_text(tensor.shape), tensor.bytes.size());
  }
}

/// Larger elements first, so that each tensor is aligned to its element size.
std::vector<const TensorView*> in_file_order(std::span<const TensorView> tensors) {
  std::vector<const TensorView*> order;
  for (const TensorView& tensor : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const TensorView* a, const TensorView* b) {
    // The same order as the library's writer: by type descending, then by name.
    return std::tie(b->dtype, a->name) < std::tie(a->dtype, b->name);
  });
  return order;
}

std::string header_text(std::span<const TensorView* const> order,
                        const CheckpointFile::Metadata& metadata) {
  // Written entry by entry: a JSON object that keeps its order would search for every key.
  const auto quoted = [](const std::string& text) { return dump_json_line(Json(text)); };
  std::string text = "{";
  if (!metadata.empty()) {
    text += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata) {
      if (text.back() != '{') text += ',';
      text += quoted(key) + ':' + quoted(value);
    }
    text += '}';
  }
  std::uint64_t position = 0;
  for (const TensorView* tensor : order) {
    if (text.back() != '{') text += ',';
    text += fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                        quoted(tensor->name), dtype_name(tensor->dtype),
                        fmt::join(tensor->shape, ","), position, position + tensor->bytes.size());
    position += tensor->bytes.size();
  }
  text += '}';
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  return text;
}

}  // namespace

void write_safetensors(const fs::path& path, std::span<const TensorView> tensors,
                       const CheckpointFile::Metadata& metadata) {
  static_assert(std::endian::native == std::endian::little);
  check_tensors(tensors);
  const auto order = in_file_order(tensors);
  const std::string header = header_text(order, metadata);
  char length[8];
  const auto size = static_cast<std::uint64_t>(header.size());
  std::memcpy(length, &size, sizeof length);
  AtomicFile file(path);
  file.write(std::string_view(length, sizeof length));
  file.write(header);
  for (const TensorView* tensor : order) file.write(tensor->bytes);
  file.commit();
}

}  // namespace attune
