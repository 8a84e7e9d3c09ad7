#include "attune/pretrained/formats/safetensors/safetensors.h"

#include <csignal>
#include <cstdlib>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/formats/safe_path.h"
#include "attune/pretrained/formats/safetensors/shards.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SafetensorsFiles : public ::testing::Test {
 protected:
  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();

  std::size_t files_in_folder() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator{}));
  }
};

std::string file_bytes(std::uint64_t length, std::string_view header, std::size_t data_size) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes.append(header).append(data_size, 'x');
}

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The message for a file of that header with `data_size` bytes of data.
std::string header_error(std::string_view header, std::size_t data_size = 8) {
  return error_of(ErrorKind::data, [&] {
    parse_safetensors(as_bytes(file_bytes(header.size(), header, data_size)), "m.safetensors");
  });
}

std::string entry(std::string_view name, std::string_view shape, std::string_view offsets) {
  return fmt::format(R"("{}":{{"dtype":"F32","shape":{},"data_offsets":{}}})", name, shape,
                     offsets);
}

TEST(Safetensors, ReadsTensorsInTheOrderOfTheData) {
  const std::string header =
      fmt::format(R"({{{},{},"__metadata__":{{"a":"b"}}}}  )", entry("late", "[1]", "[8,12]"),
                  entry("early", "[2,1]", "[0,8]"));
  const std::string bytes = file_bytes(header.size(), header, 12);
  const CheckpointFile file = parse_safetensors(as_bytes(bytes), "m");
  ASSERT_EQ(file.tensors().size(), 2u);
  EXPECT_EQ(file.tensors()[0].name, "early");
  EXPECT_EQ(file.tensors()[0].shape, (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(file.find("late")->bytes.data(), as_bytes(bytes).last(4).data());
  EXPECT_EQ(file.find("none"), nullptr);
  EXPECT_EQ(file.metadata().at("a"), "b");
}

TEST(Safetensors, RefusesAHostileLength) {
  const auto error = [](std::string_view bytes) {
    return error_of(ErrorKind::data, [&] { parse_safetensors(as_bytes(bytes), "m"); });
  };
  EXPECT_THAT(error(""), HasSubstr("0 bytes, too few"));
  EXPECT_THAT(error("1234567"), HasSubstr("7 bytes, too few"));
  EXPECT_THAT(error(file_bytes(100'000'001, "{}", 0)), HasSubstr("more than the format's limit"));
  EXPECT_THAT(error(file_bytes(~0ULL, "{}", 0)), HasSubstr("more than the format's limit"));
  EXPECT_THAT(error(file_bytes(3, "{}", 0)), HasSubstr("cut off"));
  EXPECT_THAT(error(file_bytes(0, "", 4)), HasSubstr("does not start with"));
  EXPECT_THAT(error(file_bytes(2, "[]", 0)), HasSubstr("does not start with"));
}

TEST(Safetensors, RefusesAMalformedHeader) {
  EXPECT_THAT(header_error("{\"a\":"), HasSubstr("m.safetensors: the header is not valid JSON"));
  EXPECT_THAT(header_error("{} {}"), HasSubstr("not valid JSON"));
  EXPECT_THAT(header_error(std::string_view("{}\0x", 4)), HasSubstr("zero byte"));
  EXPECT_THAT(header_error("{\"\xff\":1}"), HasSubstr("not valid JSON"));
  EXPECT_THAT(
      header_error("{" + entry("w", "[2]", "[0,8]") + "," + entry("w", "[2]", "[0,8]") + "}"),
      HasSubstr("the key \"w\" stands twice"));
  EXPECT_THAT(header_error(R"({"w":{"dtype":"F32","dtype":"F32"}})"),
              HasSubstr("tensor \"w\": the key \"dtype\" stands twice"));
  EXPECT_THAT(header_error(R"({"w":3})"), HasSubstr("tensor \"w\": its header entry is 3"));
  EXPECT_THAT(header_error(R"({"w":{}})"), HasSubstr("lacks its \"dtype\""));
  EXPECT_THAT(header_error(R"({"w":{"dtype":"F32","shape":[]}})"),
              HasSubstr("lacks its \"data_offsets\""));
  EXPECT_THAT(header_error(R"({"w":{"dtype":"F31"}})"),
              AllOf(HasSubstr("unknown dtype \"F31\""), HasSubstr("BF16")));
  EXPECT_THAT(header_error(R"({"w":{"dtype":1}})"), HasSubstr("\"dtype\" is 1"));
  EXPECT_THAT(header_error(R"({"w":{"offsets":[0,8]}})"), HasSubstr("unknown key \"offsets\""));
  EXPECT_THAT(header_error(R"({"__metadata__":{"n":1}})"), HasSubstr("expected a string"));
  EXPECT_THAT(header_error(R"({"__metadata__":{"n":{}}})"), HasSubstr("expected a string"));
}

TEST(Safetensors, RefusesAWrongShapeOrOffset) {
  const auto error = [](std::string_view shape, std::string_view offsets) {
    return header_error("{" + entry("w", shape, offsets) + "}");
  };
  EXPECT_THAT(error("[-1]", "[0,8]"), HasSubstr("tensor \"w\": its shape holds -1"));
  EXPECT_THAT(error("[1.5]", "[0,8]"), HasSubstr("its shape holds 1.5"));
  EXPECT_THAT(error("[[2]]", "[0,8]"), HasSubstr("its shape holds an array"));
  EXPECT_THAT(error("[9223372036854775808]", "[0,8]"), HasSubstr("too large"));
  EXPECT_THAT(error("[4611686018427387904,4]", "[0,0]"), HasSubstr("overflows"));
  EXPECT_THAT(error("[4294967296,4294967296]", "[0,0]"), HasSubstr("overflows"));
  EXPECT_THAT(error("[3]", "[0,8]"), HasSubstr("hold 8 bytes, but F32 of shape [3] takes 12"));
  EXPECT_THAT(error("[2]", "[8,0]"), HasSubstr("run backwards"));
  EXPECT_THAT(error("[2]", "[0]"), HasSubstr("holds 1 numbers, expected 2"));
  EXPECT_THAT(error("[2]", "[0,8,9]"), HasSubstr("data_offsets holds 9"));
  EXPECT_THAT(error("[2]", "[0,-8]"), HasSubstr("data_offsets holds -8"));
  EXPECT_THAT(error("[3]", "[0,12]"), HasSubstr("the file holds 8: cut off"));
  EXPECT_THAT(error("[1]", "[0,4]"), HasSubstr("4 bytes behind the last tensor"));
  EXPECT_THAT(error("[1]", "[4,8]"), HasSubstr("a hole of 4 bytes"));
  std::string deep = "[1";
  for (int i = 0; i < 64; ++i) deep += ",1";
  EXPECT_THAT(error(deep + "]", "[0,4]"), HasSubstr("more than 64 dimensions"));
}

TEST(Safetensors, RefusesOverlapAndHole) {
  EXPECT_THAT(
      header_error("{" + entry("a", "[2]", "[0,8]") + "," + entry("b", "[1]", "[4,8]") + "}"),
      HasSubstr("tensor \"b\": it starts at byte 4 of the data and overlaps"));
  EXPECT_THAT(
      header_error("{" + entry("a", "[1]", "[0,4]") + "," + entry("b", "[1]", "[8,12]") + "}", 12),
      HasSubstr("tensor \"b\": there is a hole of 4 bytes"));
}

TEST_F(SafetensorsFiles, WritesAlignedAndReadsBack) {
  const float values[] = {1, 2, 3};
  const std::uint8_t flags[] = {1, 0, 1};
  const std::int64_t big[] = {-5};
  const std::vector<TensorView> tensors{
      {"flags", DType::boolean, {3}, std::as_bytes(std::span(flags))},
      {"w", DType::f32, {3, 1}, std::as_bytes(std::span(values))},
      {"count", DType::i64, {}, std::as_bytes(std::span(big))},
      {"none", DType::f32, {0, 4}, {}}};
  write_safetensors(folder_ / "m.safetensors", tensors, {{"format", "pt"}, {"who", "me"}});
  const CheckpointFile file = read_safetensors(folder_ / "m.safetensors");
  EXPECT_EQ(file.metadata().at("who"), "me");
  ASSERT_EQ(file.tensors().size(), tensors.size());
  for (const TensorView& tensor : tensors) {
    const TensorView* got = file.find(tensor.name);
    ASSERT_NE(got, nullptr);
    EXPECT_EQ(got->dtype, tensor.dtype);
    EXPECT_EQ(got->shape, tensor.shape);
    EXPECT_TRUE(std::ranges::equal(got->bytes, tensor.bytes)) << tensor.name;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(got->bytes.data()) % dtype_size(got->dtype), 0u);
  }
}

TEST_F(SafetensorsFiles, AnEmptyCheckpointIsFine) {
  write_safetensors(folder_ / "m.safetensors", {}, {});
  EXPECT_TRUE(read_safetensors(folder_ / "m.safetensors").tensors().empty());
}

TEST_F(SafetensorsFiles, RefusesToWriteWhatCouldNotBeRead) {
  const float value = 1;
  const auto bytes = std::as_bytes(std::span(&value, 1));
  const auto error = [&](const std::vector<TensorView>& tensors) {
    return error_of(ErrorKind::user,
                    [&] { write_safetensors(folder_ / "m.safetensors", tensors); });
  };
  EXPECT_THAT(error({{"w", DType::f32, {1}, bytes}, {"w", DType::f32, {1}, bytes}}),
              HasSubstr("two tensors named \"w\""));
  EXPECT_THAT(error({{"w", DType::f32, {2}, bytes}}), HasSubstr("does not take the 4 bytes"));
  EXPECT_THAT(error({{"w", DType::f32, {-1}, bytes}}), HasSubstr("does not take the 4 bytes"));
  EXPECT_THAT(error({{"__metadata__", DType::f32, {1}, bytes}}), HasSubstr("cannot be the name"));
  EXPECT_EQ(files_in_folder(), 0u);
}

TEST_F(SafetensorsFiles, AFullDiskLeavesNothingBehind) {
  write_safetensors(folder_ / "m.safetensors", {}, {{"state", "old"}});
  const std::vector<float> values(1 << 16);
  const std::vector<TensorView> tensors{
      {"w", DType::f32, {1 << 16}, std::as_bytes(std::span(values))}};
  // A limit on the file size fails in the middle of the data, as a full disk does.
  struct rlimit before {};
  getrlimit(RLIMIT_FSIZE, &before);
  const struct rlimit small { 4096, before.rlim_max };
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message =
      error_of(ErrorKind::io, [&] { write_safetensors(folder_ / "m.safetensors", tensors); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, AllOf(HasSubstr("cannot write"), HasSubstr("m.safetensors")));
  EXPECT_EQ(files_in_folder(), 1u);
  EXPECT_EQ(read_safetensors(folder_ / "m.safetensors").metadata().at("state"), "old");
}

class ShardedSafetensors : public SafetensorsFiles {
 protected:
  void SetUp() override {
    SafetensorsFiles::SetUp();
    write_shard("model-00001-of-00002.safetensors", {"a", "b"});
    write_shard("model-00002-of-00002.safetensors", {"c"});
  }
  void write_shard(const std::string& file, const std::vector<std::string>& names) {
    std::vector<TensorView> tensors;
    for (const auto& name : names) {
      tensors.push_back({name, DType::f32, {1}, std::as_bytes(std::span(&value_, 1))});
    }
    write_safetensors(folder_ / file, tensors);
  }
  fs::path write_index(const std::string& weight_map) {
    write_file_atomically(index_,
                          R"({"metadata":{"total_size":12},"weight_map":)" + weight_map + "}");
    return index_;
  }
  std::string index_error(const std::string& weight_map) {
    return error_of(ErrorKind::data,
                    [&] { read_shards(write_index(weight_map), read_safetensors); });
  }
  const float value_ = 7;
  fs::path index_ = folder_ / "model.safetensors.index.json";
};

TEST_F(ShardedSafetensors, JoinsTheShards) {
  write_index(R"({"a":"model-00001-of-00002.safetensors","c":"model-00002-of-00002.safetensors",
                  "b":"model-00001-of-00002.safetensors"})");
  const CheckpointFile file = open_weights(folder_);
  ASSERT_EQ(file.tensors().size(), 3u);
  for (const char* name : {"a", "b", "c"}) {
    float value = 0;
    std::memcpy(&value, file.find(name)->bytes.data(), 4);
    EXPECT_EQ(value, 7);
  }
}

TEST_F(ShardedSafetensors, LeavesOutWithAWarningWhatTheIndexDoesNotName) {
  std::string warning;
  const LogSink before = set_log_sink([&](LogLevel, std::string_view text) { warning = text; });
  const auto file =
      read_shards(write_index(R"({"a":"model-00001-of-00002.safetensors"})"), read_safetensors);
  set_log_sink(before);
  EXPECT_EQ(file.tensors().size(), 1u);
  EXPECT_THAT(warning, HasSubstr("1 tensors are not in the index"));
}

TEST_F(ShardedSafetensors, RefusesAWrongIndex) {
  EXPECT_THAT(index_error(R"({"a":"../../etc/passwd"})"), HasSubstr("leaves the folder"));
  EXPECT_THAT(index_error(R"({"a":"/etc/passwd"})"), HasSubstr("leaves the folder"));
  EXPECT_THAT(index_error(R"({"a":"gone.safetensors"})"),
              HasSubstr("the shard gone.safetensors is missing"));
  EXPECT_THAT(index_error(R"({"z":"model-00002-of-00002.safetensors"})"),
              HasSubstr("tensor \"z\" lies in model-00002-of-00002.safetensors, but it does not"));
  EXPECT_THAT(index_error(R"({"a":1})"), HasSubstr("expected a file name"));
  EXPECT_THAT(index_error("{}"), HasSubstr("\"weight_map\""));
  EXPECT_THAT(index_error("[]"), HasSubstr("\"weight_map\""));
}

TEST_F(SafetensorsFiles, NamesFormatsThatAreNotRead) {
  const auto error = [&] { return error_of(ErrorKind::user, [&] { open_weights(folder_); }); };
  EXPECT_THAT(error(), HasSubstr("holds no weights"));
  write_file_atomically(folder_ / "training_args.bin", "x");
  EXPECT_THAT(error(), HasSubstr("holds no weights"));
  write_file_atomically(folder_ / "tf_model.h5", "x");
  EXPECT_THAT(error(), HasSubstr("(tf_model.h5) are in a format"));
  write_file_atomically(folder_ / "resnet.pth", "x");
  EXPECT_THAT(error(), HasSubstr("but resnet.pth; give the path of the file itself"));
  write_safetensors(folder_ / "model.safetensors", {});
  EXPECT_TRUE(open_weights(folder_).tensors().empty());
  EXPECT_TRUE(open_weights(folder_ / "model.safetensors").tensors().empty());
  EXPECT_THAT(error_of(ErrorKind::user, [&] { open_weights(folder_ / "gone"); }),
              HasSubstr("does not exist"));
  EXPECT_THAT(error_of(ErrorKind::user, [&] { open_weights(folder_ / "tf_model.h5"); }),
              HasSubstr("not a weights file"));
}

TEST(SafePath, StaysInsideItsFolder) {
  for (const char* good : {"a", "a/b.json", "a..b", ".hidden", "1_Pooling/config.json"}) {
    EXPECT_TRUE(is_safe_relative_path(good)) << good;
  }
  for (const char* bad :
       {"", "/a", "a/", "a//b", "..", "../a", "a/../b", ".", "./a", "a\\b", "C:a", "a\nb"}) {
    EXPECT_FALSE(is_safe_relative_path(bad)) << bad;
  }
}

TEST(Safetensors, ReadsARealFile) {
  const char* shared = std::getenv("ATTUNE_SHARED");
  const fs::path root =
      shared != nullptr ? fs::path(shared) : fs::path(ATTUNE_SOURCE_DIR).parent_path() / "shared";
  const fs::path path = root / "data/weights-mnist-pt-safetensors/mnist.safetensors";
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there; set ATTUNE_SHARED";
  const CheckpointFile file = read_safetensors(path);
  ASSERT_FALSE(file.tensors().empty());
  std::uint64_t total = 0;
  for (const TensorView& tensor : file.tensors()) {
    const bool counter = tensor.name.ends_with("num_batches_tracked");
    EXPECT_EQ(tensor.dtype, counter ? DType::i64 : DType::f32) << tensor.name;
    total += tensor.bytes.size();
  }
  EXPECT_GT(total, fs::file_size(path) * 9 / 10);
}

}  // namespace
}  // namespace attune
