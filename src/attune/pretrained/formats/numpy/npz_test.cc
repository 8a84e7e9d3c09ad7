#include "attune/pretrained/formats/numpy/npz.h"

#include <cstdlib>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/pretrained/formats/numpy/npy_header.h"
#include "attune/pretrained/formats/zip/zip_writer.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

std::string array(std::string_view header, const std::string& data, char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += version;
  bytes += '\0';
  const auto length = static_cast<std::uint32_t>(header.size());
  bytes.append(reinterpret_cast<const char*>(&length), version == 1 ? 2 : 4);
  return bytes.append(header).append(data);
}

std::string header(std::string_view descr, std::string_view order, std::string_view shape) {
  return fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}   \n", descr, order,
                     shape);
}

NpyHeader parse(const std::string& bytes) {
  return parse_npy_header(std::as_bytes(std::span(bytes)), "a");
}
std::string header_error(std::string_view text) {
  return error_of(ErrorKind::data, [&] { parse(array(text, "")); });
}

TEST(NpyHeader, ReadsAllVersions) {
  for (const char version : {1, 2, 3}) {
    const NpyHeader got = parse(array(header(">f8", "True", "(3, 4)"), "", version));
    EXPECT_EQ(got.dtype, DType::f64);
    EXPECT_TRUE(got.big_endian && got.fortran_order);
    EXPECT_EQ(got.shape, (std::vector<std::int64_t>{3, 4}));
    EXPECT_EQ(got.data_bytes, 96u);
  }
  EXPECT_TRUE(parse(array(header("|b1", "False", "()"), "")).shape.empty());
  EXPECT_EQ(parse(array(header("<i4", "False", "(7,)"), "")).shape.size(), 1u);
  EXPECT_EQ(
      parse(array("{'shape': (1, 2), 'descr': '<f4', 'fortran_order': False}", "")).data_bytes, 8u);
}

TEST(NpyHeader, RefusesOtherTypesByName) {
  EXPECT_THAT(header_error(header("|O", "False", "(1,)")), HasSubstr("'|O' (Python objects"));
  EXPECT_THAT(header_error(header("<U5", "False", "(1,)")), HasSubstr("dtype is '<U5'"));
  EXPECT_THAT(header_error(header("<c8", "False", "(1,)")), HasSubstr("dtype is '<c8'"));
  EXPECT_THAT(header_error("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}"),
              HasSubstr("a structured array"));
}

TEST(NpyHeader, RefusesWhatNumpyDoesNotWrite) {
  const auto damaged = HasSubstr("NumPy header is damaged");
  EXPECT_THAT(header_error(header("<f4", "maybe", "(1,)")), damaged);
  EXPECT_THAT(header_error(header("<f4", "True", "(1)")), HasSubstr("expected a tuple"));
  EXPECT_THAT(header_error(header("<f4", "True", "(-1,)")), damaged);
  EXPECT_THAT(header_error(header("<f4", "True", "(x,)")), damaged);
  EXPECT_THAT(header_error(header("<f4", "True", "(99999999999999999999,)")), damaged);
  EXPECT_THAT(header_error(header("<f4", "True", "(4611686018427387904,)")),
              HasSubstr("overflows"));
  EXPECT_THAT(header_error("{'descr': '<f4'}"), HasSubstr("expected descr, fortran_order and"));
  EXPECT_THAT(header_error("{'descr': '<f4', 'descr': '<f4'}"), HasSubstr("stands twice"));
  EXPECT_THAT(header_error("{'x': 1}"), HasSubstr("unknown key"));
  EXPECT_THAT(header_error(header("<f4", "True", "()") + "x"), HasSubstr("follows the dict"));
  EXPECT_THAT(header_error("{'descr': '<f4"), damaged);
  EXPECT_THAT(header_error("  "), damaged);
  EXPECT_THAT(error_of(ErrorKind::data, [] { parse("x"); }), HasSubstr("no NumPy array"));
  EXPECT_THAT(error_of(ErrorKind::data, [] { parse(array("{}", "", 4)); }), HasSubstr("version 4"));
  std::string cut = array(header("<f4", "True", "()"), "");
  cut.resize(40);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { parse(cut); }), HasSubstr("cut off or too long"));
}

class NpzFiles : public ::testing::Test {
 protected:
  const TemporaryFolder folder_;
  const fs::path path_ = folder_.path() / "a.npz";

  CheckpointFile read(const std::map<std::string, std::string>& files) {
    ZipWriter zip(path_);
    for (const auto& [name, data] : files) zip.add(name, data);
    zip.commit();
    return read_npz(path_);
  }
  std::string error(const std::string& data) {
    return error_of(ErrorKind::data, [&] { read({{"a.npy", data}}); });
  }
};

TEST_F(NpzFiles, LeavesOutWithAWarningWhatIsNoArray) {
  std::string warning;
  const LogSink before = set_log_sink([&](LogLevel, std::string_view text) { warning = text; });
  const CheckpointFile file =
      read({{"a.npy", array(header("|u1", "False", "(2,)"), "xy")}, {"readme", "hello"}});
  set_log_sink(before);
  ASSERT_EQ(file.tensors().size(), 1u);
  EXPECT_EQ(file.find("a")->bytes[1], std::byte{'y'});
  EXPECT_THAT(warning, HasSubstr("readme"));
}

TEST_F(NpzFiles, RefusesAWrongLength) {
  EXPECT_THAT(error(array(header("<f4", "False", "(2,)"), "1234567")),
              HasSubstr("F32 of shape [2] takes 8 bytes, but 7 follow"));
  EXPECT_THAT(error(array(header("<f4", "False", "(2,)"), "123456789")), HasSubstr("but 9 follow"));
  EXPECT_THAT(error(array(header("<f4", "False", "(1000000000000,)"), "")),
              HasSubstr("takes 4000000000000 bytes, but 0 follow"));
}

TEST_F(NpzFiles, RefusesDamagedData) {
  read({{"a.npy", array(header("|u1", "False", "(4,)"), "wxyz")}});
  std::string bytes = read_file(path_, 1 << 20);
  bytes[bytes.find("wxyz")] ^= 1;
  const auto parse = [&] { parse_npz(std::as_bytes(std::span(bytes)), "a.npz"); };
  EXPECT_THAT(error_of(ErrorKind::data, parse), HasSubstr("a.npz: a.npy: its checksum"));
  bytes[0] = 'x';
  EXPECT_THAT(error_of(ErrorKind::data, parse), HasSubstr("no ZIP archive"));
}

TEST_F(NpzFiles, ReadsOneArray) {
  const fs::path path = fs::path(path_).replace_extension(".npy");
  write_file_atomically(path, array(header(">i2", "True", "(2, 2)"), {"\0\1\0\2\0\3\0\4", 8}));
  const CheckpointFile file = read_npy(path);
  std::array<std::int16_t, 4> values{};
  std::memcpy(values.data(), file.find(path.stem().string())->bytes.data(), 8);
  EXPECT_EQ(values, (std::array<std::int16_t, 4>{1, 3, 2, 4}));
  fs::remove(path);
}

TEST(Npz, ReadsARealFile) {
  const char* shared = std::getenv("ATTUNE_SHARED");
  const fs::path root =
      shared != nullptr ? fs::path(shared) : fs::path(ATTUNE_SOURCE_DIR).parent_path() / "shared";
  const fs::path path = root / "data/med-pneumoniamnist/pneumoniamnist.npz";
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there; set ATTUNE_SHARED";
  const CheckpointFile file = read_npz(path);
  EXPECT_EQ(file.tensors().size(), 6u);
  EXPECT_EQ(file.find("train_images")->shape, (std::vector<std::int64_t>{3882, 28, 28}));
  EXPECT_EQ(file.find("test_labels")->shape, (std::vector<std::int64_t>{624, 1}));
  EXPECT_EQ(file.find("test_labels")->dtype, DType::u8);
  std::size_t pneumonia = 0;
  for (const std::byte label : file.find("test_labels")->bytes) pneumonia += label == std::byte{1};
  EXPECT_EQ(pneumonia, 390u);  // as MedMNIST's paper has it
}

}  // namespace
}  // namespace attune
