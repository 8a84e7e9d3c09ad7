#pragma once

#include <array>
#include <string_view>

#include "attune/pretrained/formats/dtype.h"

namespace attune {

/// What PyTorch calls an element type.
struct PytorchType {
  DType type;
  std::string_view dtype;    ///< in `torch`
  std::string_view storage;  ///< class in `torch` or `torch.cuda`; "": bytes with a dtype
};

/// In the order of `DType`.
inline constexpr std::array<PytorchType, 15> kPytorchTypes{{
    {DType::boolean, "bool", "BoolStorage"},
    {DType::u8, "uint8", "ByteStorage"},
    {DType::i8, "int8", "CharStorage"},
    {DType::f8_e5m2, "float8_e5m2", ""},
    {DType::f8_e4m3, "float8_e4m3fn", ""},
    {DType::i16, "int16", "ShortStorage"},
    {DType::u16, "uint16", ""},
    {DType::f16, "float16", "HalfStorage"},
    {DType::bf16, "bfloat16", "BFloat16Storage"},
    {DType::i32, "int32", "IntStorage"},
    {DType::u32, "uint32", ""},
    {DType::f32, "float32", "FloatStorage"},
    {DType::f64, "float64", "DoubleStorage"},
    {DType::i64, "int64", "LongStorage"},
    {DType::u64, "uint64", ""},
}};

constexpr const PytorchType& pytorch_type(DType type) {
  return kPytorchTypes[static_cast<std::size_t>(type)];
}

static_assert([] {
  for (const PytorchType& row : kPytorchTypes) {
    if (&pytorch_type(row.type) != &row) return false;
  }
  return true;
}());

}  // namespace attune
