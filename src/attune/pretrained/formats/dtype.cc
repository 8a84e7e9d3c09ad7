#include "attune/pretrained/formats/dtype.h"

#include <array>
#include <string>

namespace attune {
namespace {

struct Row {
  DType dtype;
  std::string_view name;
  std::size_t size;
};

// The names and their order (by alignment) are those of the safetensors library's `Dtype`: its
// writer sorts by it.
constexpr std::array<Row, 15> kRows{{
    {DType::boolean, "BOOL", 1},
    {DType::u8, "U8", 1},
    {DType::i8, "I8", 1},
    {DType::f8_e5m2, "F8_E5M2", 1},
    {DType::f8_e4m3, "F8_E4M3", 1},
    {DType::i16, "I16", 2},
    {DType::u16, "U16", 2},
    {DType::f16, "F16", 2},
    {DType::bf16, "BF16", 2},
    {DType::i32, "I32", 4},
    {DType::u32, "U32", 4},
    {DType::f32, "F32", 4},
    {DType::f64, "F64", 8},
    {DType::i64, "I64", 8},
    {DType::u64, "U64", 8},
}};

constexpr bool rows_stand_at_their_index() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].dtype) != i) return false;
  }
  return true;
}
static_assert(rows_stand_at_their_index());

}  // namespace

std::string_view dtype_name(DType dtype) {
  return kRows[static_cast<std::size_t>(dtype)].name;
}

std::size_t dtype_size(DType dtype) {
  return kRows[static_cast<std::size_t>(dtype)].size;
}

std::optional<DType> dtype_from_name(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

std::string_view known_dtype_names() {
  static const std::string names = [] {
    std::string text;
    for (const Row& row : kRows) text.append(text.empty() ? "" : ", ").append(row.name);
    return text;
  }();
  return names;
}

}  // namespace attune
