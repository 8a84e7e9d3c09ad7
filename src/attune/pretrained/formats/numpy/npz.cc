#include "attune/pretrained/formats/numpy/npz.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/pretrained/formats/byte_store.h"
#include "attune/pretrained/formats/numpy/npy_header.h"
#include "attune/pretrained/formats/zip/zip_archive.h"

namespace attune {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::string_view kEnding = ".npy";

/// Fortran order has its first index run fastest; the result its last.
void to_c_order(Bytes from, std::span<std::byte> to, const NpyHeader& header) {
  const std::size_t element = dtype_size(header.dtype), rank = header.shape.size();
  std::vector<std::size_t> index(rank, 0), strides(rank, element);
  for (std::size_t i = 1; i < rank; ++i) {
    strides[i] = strides[i - 1] * static_cast<std::size_t>(header.shape[i - 1]);
  }
  std::size_t source = 0;
  for (std::size_t target = 0; target < to.size(); target += element) {
    std::memcpy(to.data() + target, from.data() + source, element);
    for (std::size_t axis = rank; axis-- > 0;) {
      source += strides[axis];
      if (++index[axis] < static_cast<std::size_t>(header.shape[axis])) break;
      source -= strides[axis] * index[axis];
      index[axis] = 0;
    }
  }
}

void swap_bytes(std::span<std::byte> values, std::size_t element) {
  for (std::size_t i = 0; i < values.size(); i += element) {
    std::reverse(values.begin() + static_cast<std::ptrdiff_t>(i),
                 values.begin() + static_cast<std::ptrdiff_t>(i + element));
  }
}

/// The array of a whole file, whose length its header must agree with.
TensorView read_array(std::string name, const NpyHeader& header, Bytes file, ByteStore& store) {
  TensorView tensor{std::move(name), header.dtype, header.shape, file.subspan(header.size)};
  // With one dimension, or none, both orders are the same.
  const bool transpose = header.fortran_order && header.shape.size() > 1;
  if (!transpose && !header.big_endian) return tensor;
  const auto values = store.allocate(tensor.bytes.size());
  if (transpose) {
    to_c_order(tensor.bytes, values, header);
  } else {
    std::copy(tensor.bytes.begin(), tensor.bytes.end(), values.begin());
  }
  if (header.big_endian) swap_bytes(values, dtype_size(header.dtype));
  tensor.bytes = values;
  return tensor;
}

void check_length(const NpyHeader& header, std::uint64_t length, const std::string& where) {
  check(length - header.size == header.data_bytes, ErrorKind::data,
        "{}: {} of shape {} takes {} bytes, but {} follow its header: cut off or damaged", where,
        dtype_name(header.dtype), shape_text(header.shape), header.data_bytes,
        length - header.size);
}

CheckpointFile parse(Bytes bytes, const std::string& source, std::shared_ptr<ByteStore> store) {
  check(looks_like_zip(bytes), ErrorKind::data, "{}: not a .npz file: no ZIP archive", source);
  const ZipArchive archive(bytes, source);
  std::vector<TensorView> tensors;
  for (const ZipEntry& entry : archive.entries()) {
    const std::string where = fmt::format("{}: {}", source, entry.name);
    if (!entry.name.ends_with(kEnding)) {
      log_warning("{}: is no array (.npy) and is left out", where);
      continue;
    }
    // The header alone first: nothing is unpacked before its size is known to be right.
    const NpyHeader header = parse_npy_header(archive.read_start(entry, kMaxNpyHeaderBytes), where);
    check_length(header, entry.size, where);
    const Bytes file = archive.read(entry, *store);
    // Unlike PyTorch, Python's zipfile compares the checksum of a stored file too, so NumPy would
    // refuse a damaged one.
    if (!entry.deflated) archive.check_sum(entry, file);
    std::string name = entry.name.substr(0, entry.name.size() - kEnding.size());
    tensors.push_back(read_array(std::move(name), header, file, *store));
  }
  return {source, std::move(tensors), {}, std::move(store), "NumPy npz"};
}

}  // namespace

CheckpointFile read_npz(const fs::path& path) {
  const auto store = std::make_shared<ByteStore>();
  const Bytes bytes = store->map(path);
  return parse(bytes, path.string(), store);
}

CheckpointFile parse_npz(Bytes bytes, const std::string& source) {
  return parse(bytes, source, std::make_shared<ByteStore>());
}

CheckpointFile read_npy(const fs::path& path) {
  const auto store = std::make_shared<ByteStore>();
  const Bytes bytes = store->map(path);
  const NpyHeader header = parse_npy_header(bytes, path.string());
  check_length(header, bytes.size(), path.string());
  std::vector<TensorView> tensors{read_array(path.stem().string(), header, bytes, *store)};
  return {path.string(), std::move(tensors), {}, store, "NumPy npy"};
}

}  // namespace attune
