#include "attune/pretrained/formats/pytorch/pytorch_tensors.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "attune/base/error.h"
#include "attune/pretrained/formats/pytorch/pytorch_types.h"

namespace attune {
namespace {

/// The element type of a storage class; nothing for the untyped one.
std::optional<DType> storage_type(const PickleValue& type, const std::string& where) {
  const std::string full = type.class_name();
  if (full == "torch.storage.UntypedStorage" || full == "torch.UntypedStorage") return std::nullopt;
  const bool torch = type.text == "torch" || type.text == "torch.cuda";
  for (const PytorchType& row : kPytorchTypes) {
    if (torch && !row.storage.empty() && type.name == row.storage) return row.type;
  }
  fail(ErrorKind::data, "{}: its storage is of type {}, which is not supported{}", where,
       full.empty() ? "unknown" : full,
       type.name.starts_with("Q") ? "; quantized models must be saved before quantization" : "");
}

DType read_dtype(const PickleValue& value, const std::string& where) {
  for (const PytorchType& row : kPytorchTypes) {
    if (value.kind == PickleKind::global && value.text == "torch" && value.name == row.dtype) {
      return row.type;
    }
  }
  const std::string got = value.class_name();
  fail(ErrorKind::data, "{}: its dtype is {}, which is not supported", where,
       got.empty() ? "unknown" : got);
}

std::uint64_t count_of(const PickleValue& value, std::string_view what, const std::string& where) {
  check(value.kind == PickleKind::integer && value.integer >= 0, ErrorKind::data,
        "{}: its {} is no number from 0", where, what);
  return static_cast<std::uint64_t>(value.integer);
}

/// A size or stride: a tuple or list of numbers, or a `torch.Size` of one.
std::vector<std::int64_t> numbers_of(const PickleValue& value, std::string_view what,
                                     const std::string& where) {
  const PickleValue* list = &value;
  if (value.kind == PickleKind::object && value.class_name() == "torch.Size" &&
      value.arguments->items.size() == 1) {
    list = value.arguments->items[0];
  }
  check(list->kind == PickleKind::tuple || list->kind == PickleKind::list, ErrorKind::data,
        "{}: its {} is no tuple", where, what);
  check(list->items.size() <= kMaxRank, ErrorKind::data,
        "{}: it has {} dimensions, at most {} are "
        "read",
        where, list->items.size(), kMaxRank);
  std::vector<std::int64_t> numbers;
  for (const PickleValue* item : list->items) {
    numbers.push_back(static_cast<std::int64_t>(count_of(*item, what, where)));
  }
  return numbers;
}

bool is_contiguous(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides) {
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    // Along an axis of one element the stride is never used, and PyTorch keeps whatever stood
    // there.
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

/// Elements from the first to the last that the strides reach, one more than the last's index;
/// nothing where that overflows. Requires a tensor that is not empty.
std::optional<std::uint64_t> extent(std::span<const std::int64_t> shape,
                                    std::span<const std::int64_t> strides) {
  std::int64_t last = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::int64_t step = 0;
    if (__builtin_mul_overflow(shape[i] - 1, strides[i], &step) ||
        __builtin_add_overflow(last, step, &last)) {
      return std::nullopt;
    }
  }
  return static_cast<std::uint64_t>(last) + 1;
}

}  // namespace

StorageId read_storage_id(const PickleValue& persistent, const std::string& where) {
  const bool well_formed = persistent.kind == PickleKind::persistent &&
                           persistent.arguments->kind == PickleKind::tuple &&
                           persistent.arguments->items.size() >= 5 &&
                           persistent.arguments->items[0]->is_text("storage") &&
                           persistent.arguments->items[2]->kind == PickleKind::text;
  check(well_formed, ErrorKind::data, "{}: it lies in something that is no storage", where);
  const auto& items = persistent.arguments->items;
  StorageId id;
  id.dtype = storage_type(*items[1], where);
  id.key = items[2]->text;
  id.numel = id.view_numel = count_of(*items[4], "storage's size", where);
  const std::uint64_t element = id.dtype ? dtype_size(*id.dtype) : 1;
  check(id.numel <= INT64_MAX / element, ErrorKind::data,
        "{}: its storage of {} elements overflows", where, id.numel);
  if (items.size() > 5 && items[5]->kind == PickleKind::tuple) {  // (key, offset, numel)
    check(items[5]->items.size() == 3, ErrorKind::data, "{}: the view of its storage is damaged",
          where);
    id.view_offset = count_of(*items[5]->items[1], "view's offset", where);
    id.view_numel = count_of(*items[5]->items[2], "view's size", where);
    check(id.view_offset <= id.numel && id.view_numel <= id.numel - id.view_offset, ErrorKind::data,
          "{}: the view of its storage reaches behind it", where);
  }
  return id;
}

std::optional<TensorView> PytorchTensors::read(const PickleValue& value, const std::string& name) {
  if (value.kind != PickleKind::object) return std::nullopt;
  // What stands under two names may be one call that the memo recalls: it is copied once.
  auto found = made_.find(&value);
  if (found == made_.end()) {
    auto tensor = make(value, name);
    if (!tensor) return std::nullopt;
    found = made_.emplace(&value, std::move(*tensor)).first;
  }
  TensorView tensor = found->second;
  tensor.name = name;
  return tensor;
}

std::optional<TensorView> PytorchTensors::make(const PickleValue& value, const std::string& name) {
  // At most 8 wrappers: a hostile pickle can make a parameter of itself.
  const PickleValue* current = &value;
  for (int depth = 0; depth < 8 && current->kind == PickleKind::object; ++depth) {
    std::string function = current->class_name();
    std::span<const PickleValue* const> arguments = current->arguments->items;
    const std::string where = fmt::format("{}: tensor \"{}\"", source_, name);
    if (function == "torch._tensor._rebuild_from_type_v2") {  // (function, type, arguments, state)
      check(arguments.size() == 4, ErrorKind::data, "{}: {} arguments for {}", where,
            arguments.size(), function);
      function = arguments[0]->class_name();
      arguments = arguments[2]->items;
    }
    if (function == "torch._utils._rebuild_parameter" ||
        function == "torch._utils._rebuild_parameter_with_state" ||
        function == "torch.nn.parameter.Parameter" ||
        function == "torch.autograd.variable.Variable") {
      check(!arguments.empty(), ErrorKind::data, "{}: a parameter of nothing", where);
      current = arguments[0];
      continue;
    }
    if (function == "torch._utils._rebuild_tensor" ||
        function == "torch._utils._rebuild_tensor_v2") {
      return rebuild(arguments, std::nullopt, name);
    }
    if (function == "torch._utils._rebuild_tensor_v3") {
      check(arguments.size() >= 7, ErrorKind::data, "{}: {} arguments for {}", where,
            arguments.size(), function);
      return rebuild(arguments, read_dtype(*arguments[6], where), name);
    }
    check(!function.starts_with("torch._utils._rebuild_") &&
              !function.starts_with("torch._tensor._rebuild_"),
          ErrorKind::data, "{}: it is made by {}, a kind of tensor that is not supported{}", where,
          function,
          function.find("qtensor") != std::string::npos
              ? "; quantized models must be saved before quantization"
              : "");
    return std::nullopt;
  }
  return std::nullopt;
}

TensorView PytorchTensors::rebuild(std::span<const PickleValue* const> arguments,
                                   std::optional<DType> dtype, const std::string& name) {
  const std::string where = fmt::format("{}: tensor \"{}\"", source_, name);
  check(arguments.size() >= 4, ErrorKind::data, "{}: {} arguments, expected at least 4", where,
        arguments.size());
  // _rebuild_tensor_v2 ends in {"conj": True, "neg": True} where the values are not as stored.
  const PickleValue& last = *arguments.back();
  check(arguments.size() <= 6 || last.kind != PickleKind::dict || last.items.empty(),
        ErrorKind::data, "{}: it is a lazily negated or conjugated tensor, which is not supported",
        where);
  const StorageId id = read_storage_id(*arguments[0], where);
  check(dtype || id.dtype, ErrorKind::data, "{}: it has no dtype", where);
  TensorView tensor{name, dtype ? *dtype : *id.dtype, numbers_of(*arguments[2], "size", where), {}};
  const auto strides = numbers_of(*arguments[3], "stride", where);
  check(strides.size() == tensor.shape.size(), ErrorKind::data, "{}: {} strides for the shape {}",
        where, strides.size(), shape_text(tensor.shape));
  const auto size = tensor_bytes(tensor.dtype, tensor.shape);
  check(size.has_value(), ErrorKind::data, "{}: its shape {} overflows", where,
        shape_text(tensor.shape));
  const std::uint64_t offset = count_of(*arguments[1], "storage offset", where);
  // An empty tensor reaches no element, and its storage may be empty or left out.
  if (*size == 0) return tensor;
  const std::uint64_t element = dtype_size(tensor.dtype);
  const std::uint64_t unit = id.dtype ? dtype_size(*id.dtype) : 1;
  auto storage = storages_(id).first(static_cast<std::size_t>(id.bytes()));
  storage = storage.subspan(id.view_offset * unit, id.view_numel * unit);
  const auto reach = extent(tensor.shape, strides);
  const std::uint64_t there = storage.size() / element;
  check(reach && offset <= there && *reach <= there - offset, ErrorKind::data,
        "{}: shape {} and strides {} from element {} on reach behind its storage of {} elements",
        where, shape_text(tensor.shape), shape_text(strides), offset, there);
  storage = storage.subspan(offset * element, *reach * element);
  tensor.bytes = is_contiguous(tensor.shape, strides) ? storage.first(*size)
                                                      : gather(storage, tensor, strides, where);
  return tensor;
}

std::span<const std::byte> PytorchTensors::gather(std::span<const std::byte> storage,
                                                  const TensorView& tensor,
                                                  std::span<const std::int64_t> strides,
                                                  const std::string& where) {
  const auto size = *tensor_bytes(tensor.dtype, tensor.shape);
  check(size <= copies_left_, ErrorKind::data,
        "{}: shape {} of {} elements stored: the file describes far more data than it holds; such "
        "a file is not read",
        where, shape_text(tensor.shape), storage.size() / dtype_size(tensor.dtype));
  copies_left_ -= size;
  const auto out = store_.allocate(static_cast<std::size_t>(size));
  const std::size_t element = dtype_size(tensor.dtype), rank = tensor.shape.size();
  // As `contiguous()`: row-major, whatever the strides; one of 0 (`expand`) repeats elements.
  std::vector<std::int64_t> index(rank, 0);
  std::int64_t from = 0;
  for (std::size_t to = 0; to < out.size(); to += element) {
    std::memcpy(out.data() + to, storage.data() + static_cast<std::size_t>(from) * element,
                element);
    for (std::size_t axis = rank; axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < tensor.shape[axis]) break;
      from -= strides[axis] * index[axis];
      index[axis] = 0;
    }
  }
  return out;
}

}  // namespace attune
