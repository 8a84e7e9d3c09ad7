// Against nibabel and numpy: tests/parity/medical/nifti_golden.py.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <span>

#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/config/field.h"
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
  for (const auto plane : {SlicePlane::sagittal, SlicePlane::coronal, SlicePlane::axial}) {
    const Json& entry = wanted.at(config::enum_name(plane));
    const Json& values = entry.at("values");
    const FloatImage picture = nifti_slice(volume, {.plane = plane,
                                                    .index = entry.at("index").get<std::int64_t>(),
                                                    .channel = volume.channels - 1});
    ASSERT_EQ(Json({picture.height, picture.width}), entry.at("shape")) << name;
    for (std::size_t i = 0; i < picture.samples.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(picture.samples[i]), values[i].get<double>(), 1e-3)
          << name << " " << config::enum_name(plane);
    }
  }
}

TEST(NiftiParity, EveryKindOfFileEqualsNibabel) {
  const Json golden = read_json(kFolder / "nifti_golden.json");
  ASSERT_GE(golden.size(), 70u);
  for (const auto& [name, wanted] : golden.items()) {
    const NiftiVolume volume = read_nifti(kFolder / "nifti" / name);
    EXPECT_EQ(Json(volume.size), wanted["size"]) << name;
    EXPECT_EQ(volume.channels, wanted["channels"].get<std::int64_t>()) << name;
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t k = 0; k < 4; ++k) {
        EXPECT_NEAR(volume.affine[row][k], wanted["affine"][row][k].get<double>(), 1e-5) << name;
      }
    }
    EXPECT_EQ(closest_canonical_axes(volume.affine, volume.size).codes(), wanted["orientation"])
        << name;
    compare_values(name, wanted["values"], volume);
    compare_slices(name, wanted["slices"], volume);
  }
}

/// For tests/parity/medical/check_live.py: middle slices of ATTUNE_NIFTI_FILES (a folder) as float
/// files into ATTUNE_NIFTI_VALUES.
TEST(NiftiLive, WritesSlices) {
  const char* files = std::getenv("ATTUNE_NIFTI_FILES");
  const char* values = std::getenv("ATTUNE_NIFTI_VALUES");
  if (files == nullptr || values == nullptr) GTEST_SKIP() << "run by check_live.py alone";
  for (const auto& entry : fs::directory_iterator(files)) {
    const NiftiVolume volume = read_nifti(entry.path());
    const std::string name = entry.path().filename().string();
    for (const auto plane : {SlicePlane::sagittal, SlicePlane::coronal, SlicePlane::axial}) {
      const FloatImage picture = nifti_slice(volume, {.plane = plane});
      const auto bytes = std::as_bytes(std::span(picture.samples));
      write_file_atomically(
          fs::path(values) /
              fmt::format("{}.{}.f32", name.substr(0, name.find('.')), config::enum_name(plane)),
          {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
  }
}

}  // namespace
}  // namespace attune
