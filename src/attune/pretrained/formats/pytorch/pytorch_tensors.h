#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "attune/pretrained/formats/byte_store.h"
#include "attune/pretrained/formats/pytorch/pickle.h"
#include "attune/pretrained/formats/tensor_view.h"

namespace attune {

/// A storage as PyTorch's persistent id names it: ("storage", type, key, location, numel[, view]).
struct StorageId {
  std::string key;
  std::optional<DType> dtype;  ///< nothing: untyped, `numel` counts bytes
  std::uint64_t numel = 0;
  std::uint64_t view_offset = 0;  ///< legacy form: elements before the view's first
  std::uint64_t view_numel = 0;

  std::uint64_t bytes() const { return numel * (dtype ? dtype_size(*dtype) : 1); }
};

/// Reads such an id. Throws `data` where it is something else, its type is unknown or not
/// supported (named), or its size overflows.
StorageId read_storage_id(const PickleValue& persistent, const std::string& where);

/// Makes tensors of pickled calls of PyTorch's rebuild functions (pytorch: torch/_utils.py).
class PytorchTensors {
 public:
  /// The bytes of a storage, at least `bytes()` of them; throws `data` where they are not there.
  using Storages = std::function<std::span<const std::byte>(const StorageId&)>;

  /// `max_copied` bounds the bytes of all tensors together that must be copied since they are
  /// strided: a file of a few bytes can describe terabytes.
  PytorchTensors(std::string source, Storages storages, ByteStore& store, std::uint64_t max_copied)
      : source_(std::move(source)),
        storages_(std::move(storages)),
        store_(store),
        copies_left_(max_copied) {}

  /// The tensor or parameter that `value` is, or nothing where it is none. Throws `data`, naming
  /// it, where it is of a kind that is not supported (sparse, quantized, complex ...) or does not
  /// lie inside its storage.
  std::optional<TensorView> read(const PickleValue& value, const std::string& name);

 private:
  std::optional<TensorView> make(const PickleValue& value, const std::string& name);
  TensorView rebuild(std::span<const PickleValue* const> arguments, std::optional<DType> dtype,
                     const std::string& name);
  std::span<const std::byte> gather(std::span<const std::byte> storage, const TensorView& tensor,
                                    std::span<const std::int64_t> strides,
                                    const std::string& where);

  std::string source_;
  Storages storages_;
  ByteStore& store_;
  std::uint64_t copies_left_;
  std::unordered_map<const PickleValue*, TensorView> made_;  ///< by the call that makes it
};

}  // namespace attune
