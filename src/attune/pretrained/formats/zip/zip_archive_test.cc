#include "attune/pretrained/formats/zip/zip_archive.h"

#include <cstring>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/pretrained/formats/zip/zip_writer.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// An archive byte by byte, so that each field can be wrong.
struct RawZip {
  struct File {
    std::string name, data;
    std::uint32_t size = 0, sum = 0;
    std::uint16_t method = 0, flags = 0;
    std::string header_name;
    std::uint32_t offset = 0;
  };
  std::vector<File> files;
  std::string bytes;

  template <typename T>
  void put(T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  static std::string deflated(const std::string& text) {
    std::string out(compressBound(text.size()), '\0');
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
  }
  File& add(const std::string& name, const std::string& text, bool packed = false) {
    const auto* data = reinterpret_cast<const Bytef*>(text.data());
    files.push_back({name, packed ? deflated(text) : text, static_cast<std::uint32_t>(text.size()),
                     static_cast<std::uint32_t>(crc32_z(0, data, text.size())),
                     static_cast<std::uint16_t>(packed ? 8 : 0), 0, name, 0});
    return files.back();
  }
  void put_sizes(const File& file) {
    put(file.sum);
    put(static_cast<std::uint32_t>(file.data.size()));
    put(file.size);
  }
  void put_local(File& file) {
    file.offset = static_cast<std::uint32_t>(bytes.size());
    bytes += "PK\3\4";
    put(std::uint16_t{20});
    put(file.flags);
    put(file.method);
    put(std::uint32_t{0});
    put_sizes(file);
    put(static_cast<std::uint16_t>(file.header_name.size()));
    put(std::uint16_t{0});
    bytes += file.header_name + file.data;
  }
  void put_entry(const File& file) {
    bytes += "PK\1\2";
    put(std::uint32_t{20 << 16 | 20});
    put(file.flags);
    put(file.method);
    put(std::uint32_t{0});
    put_sizes(file);
    put(static_cast<std::uint16_t>(file.name.size()));
    bytes.append(12, '\0');
    put(file.offset);
    bytes += file.name;
  }
  void finish() {
    const auto begin = static_cast<std::uint32_t>(bytes.size());
    for (const File& file : files) put_entry(file);
    const auto end = static_cast<std::uint32_t>(bytes.size());
    bytes += "PK\5\6";
    put(std::uint32_t{0});
    put(static_cast<std::uint16_t>(files.size()));
    put(static_cast<std::uint16_t>(files.size()));
    put(end - begin);
    put(begin);
    put(std::uint16_t{0});
  }
  std::string build() {
    for (File& file : files) put_local(file);
    finish();
    return bytes;
  }
};

std::string zip_error(const std::string& bytes) {
  return error_of(ErrorKind::data, [&] { ZipArchive(bytes_of(bytes), "a.zip"); });
}

TEST(ZipArchive, ReadsStoredAndDeflatedFiles) {
  RawZip zip;
  const std::string large(100'000, 'x');
  zip.add("stored", "hello");
  zip.add("folder/", "");
  zip.add("folder/packed", large, true);
  const std::string bytes = zip.build();
  const ZipArchive archive(bytes_of(bytes), "a.zip");
  ByteStore store;
  ASSERT_EQ(archive.entries().size(), 2u);
  const ZipEntry* stored = archive.find("stored");
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(text_of(archive.read(*stored, store)), "hello");
  EXPECT_EQ(text_of(archive.read_start(*stored, 2)), "he");
  archive.check_sum(*stored, archive.read(*stored, store));
  const ZipEntry* packed = archive.find("folder/packed");
  EXPECT_EQ(text_of(archive.read(*packed, store)), large);
  EXPECT_EQ(text_of(archive.read_start(*packed, 3)), "xxx");
  EXPECT_EQ(archive.find("gone"), nullptr);
}

TEST(ZipArchive, RefusesAWrongDirectory) {
  RawZip zip;
  zip.add("a", "hello");
  const std::string good = zip.build();
  EXPECT_EQ(zip_error(good), "no error");
  EXPECT_THAT(zip_error(good.substr(0, good.size() - 1)), HasSubstr("no directory at its end"));
  EXPECT_THAT(zip_error("junk" + good), HasSubstr("entry 0 of its directory is damaged"));
  EXPECT_THAT(zip_error(""), HasSubstr("no directory"));
  std::string counted = good;
  counted[good.size() - 12] = 7;
  EXPECT_THAT(zip_error(counted), HasSubstr("7 files do not fit"));
  std::string far = good;
  far[good.size() - 5] = 1;
  EXPECT_THAT(zip_error(far), HasSubstr("its directory would take bytes"));
  std::string wide = good;
  std::memset(wide.data() + good.size() - 6, 0xff, 4);
  EXPECT_THAT(zip_error(wide), HasSubstr("ZIP64 locator is missing"));
}

TEST(ZipArchive, RefusesAWrongEntry) {
  const auto error = [](const std::function<void(RawZip::File&)>& change) {
    RawZip zip;
    change(zip.add("a", "hello"));
    return zip_error(zip.build());
  };
  EXPECT_THAT(error([](auto& file) { file.flags = 1; }), HasSubstr("a.zip: a: is encrypted"));
  EXPECT_THAT(error([](auto& file) { file.method = 12; }), HasSubstr("by method 12"));
  EXPECT_THAT(error([](auto& file) { file.header_name = "b"; }), HasSubstr("disagree"));
  EXPECT_THAT(error([](auto& file) { file.size = 6; }), HasSubstr("6 bytes cannot be packed"));
  EXPECT_THAT(error([](auto& file) { file.name = file.header_name = "a\n"; }),
              HasSubstr("control characters"));
  EXPECT_THAT(error([](auto& file) { file.name = file.header_name = "\xff"; }),
              HasSubstr("no UTF-8"));
  EXPECT_THAT(error([](auto& file) { file.name = file.header_name = ""; }), HasSubstr("empty"));
  RawZip twice;
  twice.add("a", "1");
  twice.add("a", "2");
  EXPECT_THAT(zip_error(twice.build()), HasSubstr("a stands twice"));
}

TEST(ZipArchive, RefusesFilesThatOverlap) {
  RawZip zip;
  zip.add("a", "hello");
  zip.add("b", "world");
  for (auto& file : zip.files) zip.put_local(file);
  RawZip inner = zip;
  zip.files[0].data.resize(20);  // reaches into b's header
  zip.files[0].size = 20;
  zip.finish();
  EXPECT_THAT(zip_error(zip.bytes), HasSubstr("the files a and b overlap"));
  inner.files[1] = inner.files[0];  // two names for the same bytes
  inner.files[1].name = "c";
  inner.finish();
  EXPECT_THAT(zip_error(inner.bytes), HasSubstr("disagree"));
}

TEST(ZipArchive, RefusesBombsAndDamagedData) {
  RawZip impossible;
  impossible.add("a", "hello", true).size = 1 << 20;
  EXPECT_THAT(zip_error(impossible.build()), HasSubstr("cannot be packed into"));
  RawZip bomb;
  for (int i = 0; i < 3; ++i) {
    auto& file = bomb.add(fmt::format("{}", i), std::string(1000, 'x'), true);
    file.data.resize(500'000);
    file.size = 500'000'000;
  }
  EXPECT_THAT(zip_error(bomb.build()), HasSubstr("would unpack to 1500000000"));
  const auto read_error = [](const std::function<void(RawZip::File&)>& change) {
    RawZip zip;
    change(zip.add("a", std::string(1000, 'x'), true));
    const std::string bytes = zip.build();
    const ZipArchive archive(bytes_of(bytes), "a.zip");
    ByteStore store;
    return error_of(ErrorKind::data, [&] { archive.read(archive.entries()[0], store); });
  };
  EXPECT_EQ(read_error([](auto&) {}), "no error");
  EXPECT_THAT(read_error([](auto& file) { file.size = 999; }), HasSubstr("damaged"));
  EXPECT_THAT(read_error([](auto& file) { file.size = 1001; }), HasSubstr("damaged"));
  EXPECT_THAT(read_error([](auto& file) { file.data.pop_back(); }), HasSubstr("damaged"));
  EXPECT_THAT(read_error([](auto& file) { file.sum ^= 1; }), HasSubstr("checksum"));
}

class ZipWriterTest : public ::testing::Test {
 protected:
  const TemporaryFolder folder_;
  const fs::path path_ = folder_.path() / "a.zip";
};

TEST_F(ZipWriterTest, WritesAlignedFiles) {
  ZipWriter zip(path_);
  zip.add("a", "x");
  zip.add("folder/b", "hello", 64);
  zip.add("folder/none", "", 64);
  zip.commit();
  const std::string bytes = read_file(path_, 1 << 20);
  const ZipArchive archive(bytes_of(bytes), "a.zip");
  const ZipEntry* file = archive.find("folder/b");
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(text_of(file->packed), "hello");
  EXPECT_EQ((file->packed.data() - bytes_of(bytes).data()) % 64, 0);
  archive.check_sum(*file, file->packed);
  EXPECT_EQ(archive.find("folder/none")->size, 0u);
}

TEST_F(ZipWriterTest, WritesMoreFilesThanTheOldDirectoryCanCount) {
  constexpr std::size_t kFiles = 70'000;
  ZipWriter zip(path_);
  for (std::size_t i = 0; i < kFiles; ++i) zip.add(fmt::format("{}", i), fmt::format("<{}>", i));
  zip.commit();
  const MappedFile file(path_);
  const ZipArchive archive(file.bytes(), "a.zip");
  EXPECT_EQ(archive.entries().size(), kFiles);
  EXPECT_EQ(text_of(archive.find("69999")->packed), "<69999>");
}

}  // namespace
}  // namespace attune
