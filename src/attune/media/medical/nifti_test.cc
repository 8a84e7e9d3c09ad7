#include "attune/media/medical/nifti.h"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/config/field.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename Number>
void set(std::string& bytes, std::size_t at, Number value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// A NIfTI-1 file of floats, little-endian.
std::string file_of(std::vector<std::int16_t> shape, const std::vector<float>& values) {
  std::string bytes(352, '\0');
  set<std::int32_t>(bytes, 0, 348);
  set<std::int16_t>(bytes, 40, static_cast<std::int16_t>(shape.size()));
  for (std::size_t i = 0; i < shape.size(); ++i) set(bytes, 42 + 2 * i, shape[i]);
  set<std::int16_t>(bytes, 70, 16);
  set<float>(bytes, 108, 352);
  for (std::size_t i = 0; i < 4; ++i) set<float>(bytes, 76 + 4 * i, static_cast<float>(i));
  std::memcpy(bytes.data() + 344, "n+1", 4);
  set<std::int16_t>(bytes, 254, 1);  // an sform that is RAS+
  for (std::size_t k = 0; k < 3; ++k) set<float>(bytes, 280 + 20 * k, static_cast<float>(k + 1));
  for (const float value : values) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

NiftiVolume read(const std::string& bytes) {
  return read_nifti(std::as_bytes(std::span(bytes)), "x.nii");
}

std::string nifti_error(const std::string& bytes) {
  return error_of(ErrorKind::data, [&] { read(bytes); });
}

TEST(Nifti, XRunsFastestAndASlopeOfZeroMeansNone) {
  std::string bytes = file_of({3, 2, 1}, {0, 1, 2, 3, 4, 5});
  EXPECT_TRUE(looks_like_nifti(std::as_bytes(std::span(bytes))));
  NiftiVolume volume = read(bytes);
  EXPECT_EQ(volume.value(2, 0, 0), 2);
  EXPECT_EQ(volume.value(0, 1, 0), 3);
  EXPECT_EQ(volume.affine[2][2], 3);
  set<float>(bytes, 112, 2);
  set<float>(bytes, 116, -1);
  EXPECT_EQ(read(bytes).value(2, 0, 0), 3);
}

TEST(Nifti, CutsAcrossEveryAxis) {
  const NiftiVolume volume = read(file_of({2, 3, 4}, [] {
    std::vector<float> values(24);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    return values;
  }()));
  const SliceOptions options{.window = std::pair(0.0, 255.0)};
  const auto cut = [&](SlicePlane plane, std::int64_t index) {
    SliceOptions one = options;
    one.plane = plane;
    one.index = index;
    return nifti_slice(volume, one);
  };
  using enum SlicePlane;
  EXPECT_THAT(cut(axial, 1).samples, ElementsAre(6, 7, 8, 9, 10, 11));
  EXPECT_EQ(cut(axial, 1).width, 2);
  EXPECT_THAT(cut(coronal, 2).samples, ElementsAre(4, 5, 10, 11, 16, 17, 22, 23));
  EXPECT_THAT(cut(sagittal, 1).samples, ElementsAre(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23));
  EXPECT_EQ(cut(sagittal, 1).height, 4);
  EXPECT_EQ(nifti_slice(volume, options).samples[0], 12);  // the middle of four
  for (const SliceOptions& bad :
       {SliceOptions{.index = 4}, SliceOptions{.index = -1}, SliceOptions{.channel = 1},
        SliceOptions{.window = std::pair(1.0, 1.0)}}) {
    EXPECT_THROW(nifti_slice(volume, bad), Error);
  }
}

/// The file of `file_of({2, 2, 2}, ...)` with its axes stored as `columns` of the sform say.
std::string stored_as(const std::array<std::array<float, 3>, 3>& rows,
                      const std::vector<float>& values) {
  std::string bytes = file_of({2, 2, 2}, values);
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t k = 0; k < 3; ++k) set<float>(bytes, 280 + 16 * row + 4 * k, rows[row][k]);
  }
  return bytes;
}

TEST(Nifti, AHeadStoredInAnyOrderGivesTheSamePixels) {
  const std::string ras = stored_as({{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 1, 2, 3, 4, 5, 6, 7});
  const std::string lps =
      stored_as({{{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}}}, {3, 2, 1, 0, 7, 6, 5, 4});
  const std::string las = stored_as({{{-1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {1, 0, 3, 2, 5, 4, 7, 6});
  // Stored from inferior to superior first: the axes change places.
  const std::string sra = stored_as({{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}}}, {0, 4, 1, 5, 2, 6, 3, 7});
  using enum SlicePlane;
  for (const SlicePlane plane : {sagittal, coronal, axial}) {
    const SliceOptions options{.plane = plane, .index = 0, .window = std::pair(0.0, 255.0)};
    const FloatImage wanted = nifti_slice(read(ras), options);
    for (const std::string& file : {lps, las, sra}) {
      EXPECT_EQ(nifti_slice(read(file), options), wanted) << config::enum_name(plane);
    }
  }
  const NiftiVolume volume = read(sra);
  EXPECT_EQ(closest_canonical_axes(volume.affine, volume.size).codes(), "SRA");
  EXPECT_THAT(nifti_slice(volume, {.index = 1, .window = std::pair(0.0, 255.0)}).samples,
              ElementsAre(4, 5, 6, 7));
}

TEST(Nifti, WithoutAnAffineXRunsFromRightToLeft) {
  // As nibabel 5.4 reads it (get_base_affine).
  std::string bytes = file_of({3, 1}, {0, 1, 2});
  set<std::int16_t>(bytes, 254, 0);
  const NiftiVolume volume = read(bytes);
  EXPECT_EQ(volume.affine_source, AffineSource::none);
  EXPECT_EQ(volume.affine[0][0], -1);
  EXPECT_EQ(volume.affine[0][3], 1);
  EXPECT_THAT(nifti_slice(volume, {.window = std::pair(0.0, 255.0)}).samples, ElementsAre(2, 1, 0));
}

TEST(Nifti, RefusesAnAffineThatSaysNothing) {
  const auto problem = [](const std::array<std::array<float, 3>, 3>& rows) {
    return error_of(ErrorKind::data, [&] {
      nifti_slice(read(stored_as(rows, {0, 1, 2, 3, 4, 5, 6, 7})));
    });
  };
  EXPECT_THAT(problem({{{1, 1, 0}, {0, 0, 0}, {0, 0, 1}}}), HasSubstr("the same direction"));
  EXPECT_THAT(problem({{{1, 0, 0}, {0, 0, 0}, {0, 0, 1}}}), HasSubstr("axis 1 of 2 voxels"));
  EXPECT_THAT(problem({{{NAN, 0, 0}, {0, 1, 0}, {0, 0, 1}}}), HasSubstr("no finite number"));
  // A flat picture has no direction for its third axis, and needs none.
  const VolumeAffine flat = {{{0, 2, 0, 0}, {2, 0, 0, 0}, {0, 0, 0, 0}}};
  EXPECT_EQ(closest_canonical_axes(flat, {4, 4, 1}).codes().substr(0, 2), "AR");
}

TEST(Nifti, WhatIsNoNumberIsBlack) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const NiftiVolume volume = read(file_of({4, 1}, {kNan, -kInf, kInf, 1}));
  EXPECT_THAT(nifti_slice(volume, {.window = std::pair(0.0, 2.0)}).samples,
              ElementsAre(0, 0, 255, 127.5f));
  EXPECT_THAT(nifti_slice(read(file_of({2, 1}, {kNan, kNan}))).samples, ElementsAre(0, 0));
}

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST(Nifti, ReadsPackedFilesWithWhateverOffset) {
  std::string bytes = file_of({3, 2}, {0, 1, 2, 3, 4, 5});
  const std::string voxels = bytes.substr(352);
  for (const std::size_t offset : {std::size_t{352}, std::size_t{540}, std::size_t{600000}}) {
    bytes.resize(352);
    bytes.resize(offset);
    bytes += voxels + "behind";
    set<float>(bytes, 108, static_cast<float>(offset));
    for (const std::string& file :
         {bytes, gzip(bytes), gzip(bytes.substr(0, 360)) + gzip(bytes.substr(360))}) {
      EXPECT_EQ(read(file).data, voxels) << offset;
    }
    EXPECT_THAT(nifti_error(gzip(bytes.substr(0, offset + 23))), HasSubstr("cut off or damaged"));
  }
}

TEST(Nifti, JudgesTheHeaderBeforeAllIsDecompressed) {
  const std::string good = file_of({1, 1}, {7}), rest(8 << 20, '\0');
  std::string bad = good;
  set<std::int16_t>(bad, 70, 32);
  const std::string packed = gzip(bad + rest);
  EXPECT_THAT(nifti_error(packed.substr(0, packed.size() / 2)), HasSubstr("type 32"));
  // What is far behind the voxels is not decompressed; the checksum of a usual file counts.
  const std::string longer = gzip(good + rest);
  EXPECT_EQ(read(longer.substr(0, longer.size() / 2)).value(0, 0, 0), 7);
  std::string damaged = gzip(good);
  damaged[damaged.size() - 8] ^= 1;
  EXPECT_THAT(nifti_error(damaged), HasSubstr("damaged or cut off"));
}

/// A NIfTI-2 file of one row of 16-bit numbers, little-endian.
std::string second_version_of(const std::vector<std::int16_t>& values) {
  std::string bytes(544, '\0');
  set<std::int32_t>(bytes, 0, 540);
  std::memcpy(bytes.data() + 4, "n+2\0\r\n\x1a\n", 8);
  set<std::int16_t>(bytes, 12, 4);
  const std::int64_t width = static_cast<std::int64_t>(values.size());
  for (const auto& [i, size] : {std::pair(0, std::int64_t{2}), {1, width}, {2, std::int64_t{1}}}) {
    set<std::int64_t>(bytes, 16 + 8 * static_cast<std::size_t>(i), size);
  }
  set<std::int64_t>(bytes, 168, 544);
  for (const std::int16_t value : values) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

TEST(Nifti, RefusesVoxelsWithinTheHeaderOfEitherVersion) {
  // As nibabel 5.4, which reads from byte 352 and 544 on.
  std::string first = file_of({1, 1}, {7}), second = second_version_of({7, 8});
  EXPECT_EQ(read(first).value(0, 0, 0), 7);
  EXPECT_EQ(read(second).value(1, 0, 0), 8);
  for (const std::int64_t offset : {0, 348, 351}) {
    set<float>(first, 108, static_cast<float>(offset));
    EXPECT_THAT(nifti_error(first), HasSubstr("within its header; expected 352 or more")) << offset;
  }
  for (const std::int64_t offset : {0, 352, 540, 543}) {
    set<std::int64_t>(second, 168, offset);
    EXPECT_THAT(nifti_error(second), HasSubstr("within its header; expected 544 or more"))
        << offset;
  }
}

TEST(Nifti, RefusesDamage) {
  const std::string good = file_of({3, 2}, {0, 1, 2, 3, 4, 5});
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_NE(nifti_error(good.substr(0, size)), "no error") << size;
  }
  const auto with = [&](std::size_t at, auto value) {
    std::string bytes = good;
    set(bytes, at, value);
    return nifti_error(bytes);
  };
  EXPECT_THAT(with(0, std::int32_t{7}), HasSubstr("x.nii: not a NIfTI file"));
  EXPECT_THAT(with(344, 'x'), HasSubstr("magic number"));
  EXPECT_THAT(with(345, 'i'), HasSubstr("another file (.img)"));
  EXPECT_THAT(with(70, std::int16_t{32}), HasSubstr("type 32, which is not read"));
  EXPECT_THAT(with(40, std::int16_t{9}), HasSubstr("9 dimensions"));
  EXPECT_THAT(with(42, std::int16_t{-3}), HasSubstr("dimension 1 is -3"));
  EXPECT_THAT(with(42, std::int16_t{32767}), HasSubstr("cut off or damaged"));
  EXPECT_THAT(with(108, std::numeric_limits<float>::quiet_NaN()), HasSubstr("start at byte nan"));
  EXPECT_THAT(with(108, 1e8f), HasSubstr("cut off or damaged"));
}

TEST(Nifti, AsksForMemoryAndRefusesDecompressionBombs) {
  std::vector<std::uint64_t> asked;
  const auto reserve = [&](std::uint64_t bytes) { asked.push_back(bytes); };
  const std::string good = file_of({3, 2}, {0, 1, 2, 3, 4, 5});
  for (const std::string& file : {good, gzip(good)}) {
    read_nifti(std::as_bytes(std::span(file)), "x.nii", reserve);
  }
  EXPECT_THAT(asked, ElementsAre(24, 24));
  // 512 MiB of voxels in a few bytes.
  const std::string bomb = gzip(file_of({512, 512, 512}, {}));
  EXPECT_THAT(nifti_error(bomb), HasSubstr("its voxels are 512.0 MiB in a file of"));
}

}  // namespace
}  // namespace attune
