#include "attune/pretrained/formats/safetensors/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/mmap.h"
#include "attune/pretrained/formats/safetensors/safetensors_header.h"

namespace attune {
namespace {

static_assert(std::endian::native == std::endian::little, "the data is used as it lies");

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the original library's limit
constexpr std::size_t kLengthBytes = 8;

std::string_view header_json(std::span<const std::byte> bytes, const std::string& source) {
  check(bytes.size() >= kLengthBytes, ErrorKind::data,
        "{}: the file has {} bytes, too few for a safetensors file; download it again", source,
        bytes.size());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  // Before the comparison with the file's size: a text file's first 8 bytes make a length that says
  // "not safetensors" better than "cut off".
  check(length <= kMaxHeaderBytes, ErrorKind::data,
        "{}: its header would have {} bytes, more than the format's limit of {}: not a "
        "safetensors file, or a damaged one",
        source, length, kMaxHeaderBytes);
  check(length <= bytes.size() - kLengthBytes, ErrorKind::data,
        "{}: its header would have {} bytes, but the file ends after {}: cut off, download it "
        "again",
        source, length, bytes.size() - kLengthBytes);
  const auto* text = reinterpret_cast<const char*>(bytes.data()) + kLengthBytes;
  // The format's rule: the header begins with "{" (0x7B).
  check(length > 0 && *text == '{', ErrorKind::data,
        "{}: its header does not start with \"{{\": not a safetensors file", source);
  const std::string_view json(text, static_cast<std::size_t>(length));
  // nlohmann/json takes a zero byte for the end of the input, and would not see what stands behind
  // it.
  check(json.find('\0') == std::string_view::npos, ErrorKind::data,
        "{}: the header is not valid JSON: it holds a zero byte", source);
  return json;
}

/// Every byte of the data belongs to exactly one tensor and every tensor is as long as its shape
/// says. Requires entries sorted by offset.
void check_layout(std::span<const SafetensorsEntry> entries, std::uint64_t data_size,
                  const std::string& source) {
  // The format's rule against files that are two things at once: no byte without a tensor, none
  // with two.
  std::uint64_t position = 0;
  for (const SafetensorsEntry& entry : entries) {
    const auto where = [&] { return fmt::format("{}: tensor \"{}\"", source, entry.name); };
    check(entry.begin <= entry.end, ErrorKind::data, "{}: data_offsets [{}, {}] run backwards",
          where(), entry.begin, entry.end);
    const auto wanted = tensor_bytes(entry.dtype, entry.shape);
    check(wanted.has_value(), ErrorKind::data, "{}: its shape {} overflows", where(),
          shape_text(entry.shape));
    check(entry.end - entry.begin == *wanted, ErrorKind::data,
          "{}: data_offsets [{}, {}] hold {} bytes, but {} of shape {} takes {}", where(),
          entry.begin, entry.end, entry.end - entry.begin, dtype_name(entry.dtype),
          shape_text(entry.shape), *wanted);
    check(entry.end <= data_size, ErrorKind::data,
          "{}: it ends at byte {} of the data, but the file holds {}: cut off, download it again",
          where(), entry.end, data_size);
    check(entry.begin >= position, ErrorKind::data,
          "{}: it starts at byte {} of the data and overlaps the tensor before it, which ends at "
          "{}",
          where(), entry.begin, position);
    check(entry.begin == position, ErrorKind::data,
          "{}: there is a hole of {} bytes in front of it; a safetensors file has none", where(),
          entry.begin - position);
    position = entry.end;
  }
  check(position == data_size, ErrorKind::data,
        "{}: {} bytes behind the last tensor belong to none; a safetensors file has no such bytes",
        source, data_size - position);
}

CheckpointFile parse(std::span<const std::byte> bytes, const std::string& source,
                     std::shared_ptr<const void> storage) {
  const std::string_view json = header_json(bytes, source);
  SafetensorsHeader header = parse_safetensors_header(json, source);
  const auto data = bytes.subspan(kLengthBytes + json.size());
  // The header may name tensors in any order. Empty ones share their offset with the next: (begin,
  // end) puts them first.
  std::stable_sort(header.entries.begin(), header.entries.end(), [](auto& a, auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_layout(header.entries, data.size(), source);
  std::vector<TensorView> tensors;
  tensors.reserve(header.entries.size());
  for (SafetensorsEntry& entry : header.entries) {
    tensors.push_back({std::move(entry.name), entry.dtype, std::move(entry.shape),
                       data.subspan(entry.begin, entry.end - entry.begin)});
  }
  return {source, std::move(tensors), std::move(header.metadata), std::move(storage),
          "safetensors"};
}

}  // namespace

CheckpointFile read_safetensors(const fs::path& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  return parse(file->bytes(), path.string(), file);
}

CheckpointFile parse_safetensors(std::span<const std::byte> bytes, const std::string& source) {
  return parse(bytes, source, nullptr);
}

}  // namespace attune
