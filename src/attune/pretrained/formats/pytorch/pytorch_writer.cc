#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/pretrained/formats/pytorch/pytorch.h"
#include "attune/pretrained/formats/pytorch/pytorch_types.h"
#include "attune/pretrained/formats/zip/zip_writer.h"

namespace attune {
namespace {

constexpr std::size_t kRecordAlignment = 64;  // as torch.save aligns
constexpr std::string_view kFolder = "archive/";

/// The instructions of a pickle of protocol 2.
class PickleText {
 public:
  const std::string& text() const { return text_; }

  PickleText& op(std::string_view instructions) {
    text_ += instructions;
    return *this;
  }
  PickleText& global(std::string_view module, std::string_view name) {
    text_ += fmt::format("c{}\n{}\n", module, name);
    return *this;
  }
  PickleText& string(std::string_view value) {
    text_ += 'X';
    return little_endian(value.size(), 4).op(value);
  }
  PickleText& integer(std::uint64_t value) {
    if (value < 256) return op("K").little_endian(value, 1);
    // BININT is signed.
    if (value <= INT32_MAX) return op("J").little_endian(value, 4);
    // LONG1 of nine bytes: without the zero at the end the highest bit would be a sign.
    return op("\x8a\x09").little_endian(value, 8).little_endian(0, 1);
  }
  PickleText& tuple(std::span<const std::int64_t> values) {
    op("(");
    for (const std::int64_t value : values) integer(static_cast<std::uint64_t>(value));
    return op("t");
  }

 private:
  PickleText& little_endian(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) text_.push_back(static_cast<char>(value >> (8 * i)));
    return *this;
  }
  std::string text_;
};

std::vector<std::int64_t> contiguous_strides(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) {
    // A size of 0 counts as 1, as PyTorch has it.
    strides[i - 1] = strides[i] * std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

/// The call of `torch._utils._rebuild_tensor_v2` (or v3) that makes the tensor of storage `key`.
void put_tensor(PickleText& pickle, const TensorView& tensor, std::size_t key) {
  const PytorchType& type = pytorch_type(tensor.dtype);
  // PyTorch has no storage class for its newer types: _rebuild_tensor_v3 takes bytes and a dtype.
  const bool typed = !type.storage.empty();
  pickle.global("torch._utils", typed ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3").op("((");
  pickle.string("storage");
  typed ? pickle.global("torch", type.storage) : pickle.global("torch.storage", "UntypedStorage");
  pickle.string(fmt::format("{}", key)).string("cpu");
  pickle.integer(typed ? static_cast<std::uint64_t>(tensor.numel()) : tensor.bytes.size());
  pickle.op("tQK").op(std::string_view("\0", 1));  // offset 0 in that storage
  pickle.tuple(tensor.shape).tuple(contiguous_strides(tensor.shape));
  pickle.op("\x89").global("collections", "OrderedDict").op(")R");  // no gradient, no hooks
  if (!typed) pickle.global("torch", type.dtype);
  pickle.op("tR");
}

void check_writable(std::span<const TensorView> tensors) {
  std::unordered_set<std::string_view> names;
  for (const TensorView& tensor : tensors) {
    check(!tensor.name.empty() && !find_invalid_utf8(tensor.name), ErrorKind::user,
          "\"{}\" cannot be the name of a tensor in a PyTorch checkpoint", tensor.name);
    check(names.insert(tensor.name).second, ErrorKind::user,
          "cannot write two tensors named \"{}\" into one file", tensor.name);
    check(tensor_bytes(tensor.dtype, tensor.shape) == tensor.bytes.size(), ErrorKind::user,
          "tensor \"{}\": {} of shape {} does not take the {} bytes given", tensor.name,
          dtype_name(tensor.dtype), shape_text(tensor.shape), tensor.bytes.size());
  }
}

}  // namespace

void write_pytorch(const fs::path& path, std::span<const TensorView> tensors) {
  check_writable(tensors);
  std::vector<std::span<const std::byte>> storages;
  std::map<std::tuple<const std::byte*, std::size_t, DType>, std::size_t> keys;
  PickleText pickle;
  // Protocol 2, and an OrderedDict as state_dict() gives: both are what
  // `torch.load(weights_only=True)` allows.
  pickle.op("\x80\x02").global("collections", "OrderedDict").op(")R(");
  for (const TensorView& tensor : tensors) {
    std::size_t key = storages.size();
    if (!tensor.bytes.empty()) {  // the same bytes under two names: tied weights
      key = keys.try_emplace({tensor.bytes.data(), tensor.bytes.size(), tensor.dtype}, key)
                .first->second;
    }
    if (key == storages.size()) storages.push_back(tensor.bytes);
    pickle.string(tensor.name);
    put_tensor(pickle, tensor, key);
  }
  pickle.op("u.");
  const auto name = [](const std::string& file) { return std::string(kFolder) + file; };
  ZipWriter zip(path);
  zip.add(name("data.pkl"), pickle.text(), kRecordAlignment);
  zip.add(name("byteorder"), "little", kRecordAlignment);
  for (std::size_t key = 0; key < storages.size(); ++key) {
    zip.add(name(fmt::format("data/{}", key)), storages[key], kRecordAlignment);
  }
  // What PyTorchStreamWriter writes; torch.load refuses an archive without it.
  zip.add(name("version"), "3\n", kRecordAlignment);
  zip.commit();
}

}  // namespace attune
