// Against nibabel and numpy: tests/parity/medical/nifti_golden.py.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/media/medical/nifti.h"

namespace attune {
namespace {

const fs::path kFolder = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/medical";

void compare_values(const std::string& name, const Json& wanted, const NiftiVolume& volume) {
  std::size_t i = 0;
  for (std::int64_t t = 0; t < volume.channels; ++t) {
    for (std::int64_t z = 0; z < volume.size[2]; ++z) {
      for (std::int64_t y = 0; y < volume.size[1]; ++y) {
        for (std::int64_t x = 0; x < volume.size[0]; ++x) {
          ASSERT_EQ(volume.value(x, y, z, t), wanted.at(i++).get<double>()) << name;
        }
      }
    }
  }
  EXPECT_EQ(i, wanted.size()) << name;
}

void compare_slices(const std::string& name, const Json& wanted, const NiftiVolume& volume) {
  for (int axis = 0; axis < 3; ++axis) {
    const auto last = volume.size[static_cast<std::size_t>(axis)] - 1;
    const FloatImage picture =
        nifti_slice(volume, {.axis = axis, .index = last, .channel = volume.channels - 1});
    const Json& values = wanted[static_cast<std::size_t>(axis)];
    ASSERT_EQ(picture.samples.size(), values.size()) << name;
    for (std::size_t i = 0; i < picture.samples.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(picture.samples[i]), values[i].get<double>(), 1e-3)
          << name << " axis " << axis;
    }
  }
}

TEST(NiftiParity, EveryKindOfFileEqualsNibabel) {
  const Json golden = read_json(kFolder / "nifti_golden.json");
  ASSERT_GE(golden.size(), 16u);
  for (const auto& [name, wanted] : golden.items()) {
    const NiftiVolume volume = read_nifti(kFolder / "nifti" / name);
    EXPECT_EQ(Json(volume.size), wanted["size"]) << name;
    EXPECT_EQ(volume.channels, wanted["channels"].get<std::int64_t>()) << name;
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t k = 0; k < 4; ++k) {
        EXPECT_NEAR(volume.affine[row][k], wanted["affine"][row][k].get<double>(), 1e-5) << name;
      }
    }
    compare_values(name, wanted["values"], volume);
    compare_slices(name, wanted["slices"], volume);
  }
}

}  // namespace
}  // namespace attune
